"""The pixels of an edit: what may change, where the network looks, how the result joins what stays."""
