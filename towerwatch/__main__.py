"""`python -m towerwatch`: the command line."""

from towerwatch.cli import main

if __name__ == "__main__":
    main()
