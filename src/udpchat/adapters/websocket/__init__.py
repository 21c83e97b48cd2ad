"""The page in the browser, and the WebSocket that it speaks over, on the port of the server (RFC 9110, RFC 6455)."""
