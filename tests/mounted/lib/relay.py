#!/usr/bin/python3
"""Passes connections to an address and port on to another port of 127.0.0.1.

usage: relay.py ADDRESS PORT TO_PORT PORT_FILE; PORT 0 takes any free one.
"""
import os
import socket
import sys
import threading


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def main():
    address, port, to_port, port_file = sys.argv[1:]
    listener = socket.create_server((address, int(port)))
    with open(port_file + ".new", "w", encoding="ascii") as file:
        file.write(str(listener.getsockname()[1]))
    os.rename(port_file + ".new", port_file)
    while True:
        client, _ = listener.accept()
        server = socket.create_connection(("127.0.0.1", int(to_port)))
        for ends in ((client, server), (server, client)):
            threading.Thread(target=pump, args=ends, daemon=True).start()


if __name__ == "__main__":
    main()
