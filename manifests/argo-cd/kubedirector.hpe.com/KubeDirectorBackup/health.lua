-- Pending, Freezing, Snapshotting, Thawing and Finalizing are phases on the way; Scheduled is a schedule that is followed.
local status = obj.status or {}
if status.phase == nil or status.observedGeneration ~= obj.metadata.generation then
  return { status = "Progressing", message = "waiting for KubeDirector" }
end

local words = { Succeeded = "Healthy", Scheduled = "Healthy", Degraded = "Degraded", Failed = "Degraded" }
local word = words[status.phase] or "Progressing"
if status.phase == "Scheduled" and status.reason == "Suspended" then
  word = "Suspended"
end
return { status = word, message = status.message or status.phase }
