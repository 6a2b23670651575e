"""What is kept: tables, their migrations, and every statement of SQL, for both databases."""
