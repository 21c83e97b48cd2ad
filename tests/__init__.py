"""domain/ has properties without a socket, adapters/ one suite for every transport, app/ real netcats."""
