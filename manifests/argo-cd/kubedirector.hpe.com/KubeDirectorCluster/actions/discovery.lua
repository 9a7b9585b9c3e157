-- A cluster that is to be stopped has nothing to restart.
local stops = obj.spec.suspend == true
return {
  restart = { disabled = stops },
  suspend = { disabled = stops },
  resume = { disabled = not stops },
}
