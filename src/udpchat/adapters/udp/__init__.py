"""The carrier over UDP: addresses of peers, audiences, return paths, and datagrams that wait to be sent."""
