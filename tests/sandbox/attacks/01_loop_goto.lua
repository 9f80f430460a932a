-- expect: quota instructions
::again::
goto again
