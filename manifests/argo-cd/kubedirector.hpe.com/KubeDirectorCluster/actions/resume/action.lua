-- Starts a stopped cluster again.
obj.spec.suspend = false
return obj
