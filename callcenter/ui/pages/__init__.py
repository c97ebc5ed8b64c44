"""The pages: a file each, state and page in one."""
