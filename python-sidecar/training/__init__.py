"""How the starter model Paper World is made: see README.md beside this file."""
