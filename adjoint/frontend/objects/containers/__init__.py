"""Lists, tables and strings: their methods, how they are iterated, made and grown."""
