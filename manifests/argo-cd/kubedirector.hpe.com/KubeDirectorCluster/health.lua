-- Ready, Degraded, Suspended and Paused are conditions of the status. They speak of the spec that observedGeneration names.
local status = obj.status or {}
local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end

local function is(name)
  return conditions[name] ~= nil and conditions[name].status == "True"
end

local function health(word, name)
  return { status = word, message = conditions[name].message }
end

-- What the other conditions say of a paused cluster is from before.
if is("Paused") then
  return health("Suspended", "Paused")
end
if conditions.Ready == nil or status.observedGeneration ~= obj.metadata.generation then
  return { status = "Progressing", message = "waiting for KubeDirector" }
end
if is("Degraded") then
  return health("Degraded", "Degraded")
end
if is("Suspended") then
  return health("Suspended", "Suspended")
end
if is("Ready") then
  return health("Healthy", "Ready")
end
return health("Progressing", "Ready")
