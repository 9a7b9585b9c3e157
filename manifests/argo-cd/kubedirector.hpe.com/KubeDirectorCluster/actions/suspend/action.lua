-- Stops the cluster: it has no pods then, and keeps everything else.
obj.spec.suspend = true
return obj
