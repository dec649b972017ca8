"""`python -m bot` is the same as `wirewatch`."""

from bot.wiring.cli import main

if __name__ == "__main__":
    main()
