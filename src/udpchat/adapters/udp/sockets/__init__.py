"""One bound socket: opening it, its buffers, its errors, and two ways to exchange datagrams with the kernel."""
