-- Run once, when the server's folder is empty. Two databases: what runs may be lost, what was decided may not.
CREATE DATABASE jobs;
CREATE DATABASE outcomes;
