// Made from openapi/ by `npm run generate`. Do not edit.
import type { OpenApiSchemas } from '../../schema/contract.ts';
import type { ResourceNames } from './resource-names.ts';

/** The group's own schemas by their full names; Kubernetes' own that they refer to are in openapi/kubernetes. */
export const kubedirectorSchemas: OpenApiSchemas = {
  "com.hpe.kubedirector.v1beta1.AllocatedResources": {
    "description": "AllocatedResources are the cpu and memory of a container, as its node gave them to it.",
    "type": "object",
    "properties": {
      "limits": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.CpuAndMemory"
          }
        ],
        "description": "The most that it may use."
      },
      "requests": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.CpuAndMemory"
          }
        ],
        "description": "What it is sure to get."
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.AppConfig": {
    "description": "AppConfig says which roles are in use, and which services run on them.",
    "type": "object",
    "required": [
      "selectedRoles",
      "roleServices"
    ],
    "properties": {
      "selectedRoles": {
        "description": "The roles that a cluster has. One whose cardinality begins above 0 must be in every cluster.",
        "type": "array",
        "maxItems": 100,
        "items": {
          "type": "string",
          "minLength": 1
        },
        "x-kubernetes-list-type": "atomic"
      },
      "roleServices": {
        "description": "The services of each role.",
        "type": "array",
        "maxItems": 100,
        "items": {
          "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.RoleServices"
        },
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": [
          "roleID"
        ],
        "x-kubernetes-patch-strategy": "merge",
        "x-kubernetes-patch-merge-key": "roleID"
      },
      "configMeta": {
        "description": "Handed to setup packages in configmeta.json as it is.",
        "type": "object",
        "additionalProperties": {
          "type": "string"
        }
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.AppLabel": {
    "description": "AppLabel is what people see of an app. Fields it does not know are kept.",
    "type": "object",
    "required": [
      "name"
    ],
    "x-kubernetes-preserve-unknown-fields": true,
    "properties": {
      "name": {
        "description": "Short name for people.",
        "type": "string",
        "minLength": 1
      },
      "description": {
        "description": "A sentence or more on what it is.",
        "type": "string"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.AppRole": {
    "description": "AppRole is one kind of member.",
    "type": "object",
    "required": [
      "id",
      "cardinality"
    ],
    "properties": {
      "id": {
        "description": "Identifies the role within the app.",
        "type": "string",
        "minLength": 1,
        "maxLength": 63,
        "pattern": "^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$"
      },
      "cardinality": {
        "description": "How many members the role has - \"3\" is exactly three, \"3+\" three or more.",
        "type": "string",
        "pattern": "^\\d{1,9}\\+?$"
      },
      "imageRepoTag": {
        "description": "Image of the members. Takes defaultImageRepoTag if absent.",
        "type": "string",
        "minLength": 1
      },
      "configPackage": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.ConfigPackage"
          }
        ],
        "description": "Setup package of the members. Takes defaultConfigPackage if absent; null means that there is none.",
        "nullable": true
      },
      "persistDirs": {
        "description": "Directories that are kept on persistent storage where a cluster asks for it. Takes defaultPersistDirs if absent.",
        "type": "array",
        "maxItems": 100,
        "items": {
          "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.PersistDir"
        },
        "x-kubernetes-list-type": "atomic"
      },
      "eventList": {
        "description": "What the setup package is called for. Takes defaultEventList if absent, and configure, addnodes and delnodes if that is absent too.",
        "type": "array",
        "maxItems": 100,
        "items": {
          "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.SetupEvent"
        },
        "x-kubernetes-list-type": "set"
      },
      "containerSpec": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.ContainerSpec"
          }
        ],
        "description": "How the members' container runs."
      },
      "startupProbe": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.api.core.v1.Probe"
          }
        ],
        "description": "Probe of the members' container before the other probes begin. It begins with the container, and so goes on while the member is set up. In the place of a port it may name one of the role's services. The host cannot be given."
      },
      "readinessProbe": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.api.core.v1.Probe"
          }
        ],
        "description": "Probe that says whether a member is in service; its services are reached all the same. In the place of a port it may name one of the role's services. The host cannot be given."
      },
      "livenessProbe": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.api.core.v1.Probe"
          }
        ],
        "description": "Probe without which the members' container is restarted. Where a set-up takes long it needs a startupProbe. In the place of a port it may name one of the role's services. The host cannot be given."
      },
      "healthcheck": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.HealthCheck"
          }
        ],
        "description": "How often the setup package is asked whether a member works. Only for roles whose eventList names healthcheck."
      },
      "setup": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.RoleSetup"
          }
        ],
        "description": "How members are set up."
      },
      "podSecurityContext": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.api.core.v1.PodSecurityContext"
          }
        ],
        "description": "Security settings of the members' pods, for the fields that the cluster's role leaves out. Only users who may create pods can set what gives a pod more than it has without it."
      },
      "securityContext": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.api.core.v1.SecurityContext"
          }
        ],
        "description": "Security settings of the members' container, for the fields that the cluster's role leaves out. Only users who may create pods can set what gives a container more than it has without it."
      },
      "minResources": {
        "description": "The least that a cluster must request for a member, by resource name.",
        "type": "object",
        "additionalProperties": {
          "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity"
        }
      },
      "minStorage": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.MinStorage"
          }
        ],
        "description": "The least persistent storage that a member needs."
      },
      "maxLogSizeDump": {
        "description": "How many bytes of the setup package's output are shown in the member's status when it fails. Takes defaultMaxLogSizeDump if absent.",
        "type": "integer",
        "format": "int32",
        "minimum": 0
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.AppService": {
    "description": "AppService is something that members offer, at a network endpoint or without one. Fields it does not know are kept.",
    "type": "object",
    "required": [
      "id"
    ],
    "x-kubernetes-preserve-unknown-fields": true,
    "properties": {
      "id": {
        "description": "Identifies the service within the app. Lower-case letters, digits and dashes.",
        "type": "string",
        "minLength": 1,
        "maxLength": 15,
        "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
      },
      "label": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.ServiceLabel"
          }
        ],
        "description": "What people see of the service."
      },
      "endpoint": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.ServiceEndpoint"
          }
        ],
        "description": "Where the service listens. Absent for one that is not reached over the network."
      },
      "exported_service": {
        "description": "Handed to setup packages in configmeta.json as it is.",
        "type": "string"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.AppSpec": {
    "description": "AppSpec says what an application is made of. Fields it does not know are kept.",
    "type": "object",
    "required": [
      "label",
      "distroID",
      "version",
      "configSchemaVersion",
      "roles",
      "config"
    ],
    "x-kubernetes-preserve-unknown-fields": true,
    "properties": {
      "label": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.AppLabel"
          }
        ],
        "description": "What people see of the app."
      },
      "distroID": {
        "description": "Identifies the app across its versions, for example \"bluedata/spark245\".",
        "type": "string",
        "minLength": 1
      },
      "version": {
        "description": "Release of this distroID.",
        "type": "string",
        "minLength": 1
      },
      "configSchemaVersion": {
        "description": "Version of the configmeta.json document that the app's setup packages expect. At least 7.",
        "type": "integer",
        "format": "int32",
        "minimum": 7
      },
      "systemdRequired": {
        "description": "Whether the members run systemd, and so need the cgroup file system mounted.",
        "type": "boolean"
      },
      "logoURL": {
        "description": "Where to find the app's logo - a file, http or https URL that ends with .png or .jpeg.",
        "type": "string",
        "minLength": 1,
        "pattern": "^(file|https?)://.+\\.(jpeg|png)$"
      },
      "capabilities": {
        "description": "Linux capabilities that the members' containers get, for example SYS_PTRACE.",
        "type": "array",
        "maxItems": 100,
        "items": {
          "type": "string",
          "minLength": 1
        },
        "x-kubernetes-list-type": "atomic"
      },
      "defaultImageRepoTag": {
        "description": "Image for roles that name none. Copied into those roles when the app is written; they follow it when it changes.",
        "type": "string",
        "minLength": 1
      },
      "defaultConfigPackage": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.ConfigPackage"
          }
        ],
        "description": "Setup package for roles whose configPackage is absent. Copied into those roles when the app is written; they follow it when it changes.",
        "nullable": true
      },
      "defaultPersistDirs": {
        "description": "Directories to persist for roles that list none. Copied into those roles when the app is written; they follow it when it changes.",
        "type": "array",
        "maxItems": 100,
        "items": {
          "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.PersistDir"
        },
        "x-kubernetes-list-type": "atomic"
      },
      "defaultEventList": {
        "description": "Events for roles that list none. Copied into those roles when the app is written; they follow it when it changes.",
        "type": "array",
        "maxItems": 100,
        "items": {
          "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.SetupEvent"
        },
        "x-kubernetes-list-type": "set"
      },
      "defaultMaxLogSizeDump": {
        "description": "Limit in bytes for roles that name none. 256 if absent. Copied into those roles when the app is written; they follow it when it changes.",
        "type": "integer",
        "format": "int32",
        "minimum": 0
      },
      "services": {
        "description": "The services that members of the app's roles can offer.",
        "type": "array",
        "maxItems": 500,
        "items": {
          "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.AppService"
        },
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": [
          "id"
        ],
        "x-kubernetes-patch-strategy": "merge",
        "x-kubernetes-patch-merge-key": "id"
      },
      "roles": {
        "description": "The kinds of members that a cluster of this app can have.",
        "type": "array",
        "maxItems": 100,
        "items": {
          "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.AppRole"
        },
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": [
          "id"
        ],
        "x-kubernetes-patch-strategy": "merge",
        "x-kubernetes-patch-merge-key": "id"
      },
      "upgradable": {
        "description": "Whether clusters of this app may move to another app of the same distroID, and whether this app may be changed while clusters use it.",
        "type": "boolean"
      },
      "updateOrder": {
        "description": "IDs of roles in the order in which a change of a cluster reaches their members - one role is done before the next one begins. Roles that it does not name come last, as they are listed in roles.",
        "type": "array",
        "maxItems": 100,
        "items": {
          "type": "string"
        },
        "x-kubernetes-list-type": "atomic"
      },
      "config": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.AppConfig"
          }
        ],
        "description": "Which roles are in use, and which services run on them."
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.AutoRevertStatus": {
    "description": "AutoRevertStatus is an update that has failed and is taken back.",
    "type": "object",
    "required": [
      "role",
      "revision",
      "failedAt"
    ],
    "properties": {
      "role": {
        "description": "The role in which it failed.",
        "type": "string"
      },
      "revision": {
        "description": "Revision of the role that failed.",
        "type": "string"
      },
      "failedAt": {
        "description": "When the failure was seen first.",
        "type": "string",
        "format": "date-time"
      },
      "message": {
        "description": "Which member failed - and its last words.",
        "type": "string"
      },
      "fields": {
        "description": "What is put back, as paths in the spec.",
        "type": "array",
        "items": {
          "type": "string"
        },
        "x-kubernetes-list-type": "atomic"
      },
      "revertedAt": {
        "description": "When the spec was back. Absent until then.",
        "type": "string",
        "format": "date-time"
      },
      "revertedTo": {
        "description": "Revision of the role that the members go back to. Absent until the spec is back.",
        "type": "string"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.BackupApp": {
    "description": "BackupApp is the app of a cluster at the time of a backup.",
    "type": "object",
    "required": [
      "name",
      "distroID"
    ],
    "properties": {
      "name": {
        "description": "Name of the KubeDirectorApp.",
        "type": "string"
      },
      "catalog": {
        "description": "Whether the app was of the cluster's namespace (local) or of the system's.",
        "type": "string"
      },
      "distroID": {
        "description": "What the app is. A backup can be restored in apps with the same distroID.",
        "type": "string"
      },
      "version": {
        "description": "The app's version.",
        "type": "string"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.BackupMember": {
    "description": "BackupMember is a member whose volumes are in a backup.",
    "type": "object",
    "required": [
      "pod",
      "role",
      "ordinal",
      "volumes"
    ],
    "properties": {
      "pod": {
        "description": "Name of the member's pod.",
        "type": "string"
      },
      "role": {
        "description": "The member's role.",
        "type": "string"
      },
      "ordinal": {
        "description": "The member's number in its role.",
        "type": "integer",
        "format": "int32"
      },
      "volumes": {
        "description": "The member's volumes.",
        "type": "array",
        "items": {
          "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.BackupVolume"
        },
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": [
          "claim"
        ],
        "x-kubernetes-patch-strategy": "merge",
        "x-kubernetes-patch-merge-key": "claim"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.BackupPhase": {
    "description": "BackupPhase is how far a backup is. Frozen applications wait in Freezing and Snapshotting only. Degraded is one that succeeded, and has lost a snapshot since.",
    "type": "string",
    "enum": [
      "Pending",
      "Freezing",
      "Snapshotting",
      "Thawing",
      "Finalizing",
      "Succeeded",
      "Degraded",
      "Failed",
      "Scheduled"
    ]
  },
  "com.hpe.kubedirector.v1beta1.BackupRetention": {
    "description": "BackupRetention says which backups of a schedule are kept. A backup that fails either rule is deleted with its snapshots; the last one that succeeded stays.",
    "type": "object",
    "properties": {
      "keepLast": {
        "description": "How many backups that succeeded are kept.",
        "type": "integer",
        "format": "int32",
        "minimum": 1,
        "maximum": 1000
      },
      "maxAgeSeconds": {
        "description": "For how long backups are kept.",
        "type": "integer",
        "format": "int64",
        "minimum": 60
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.BackupSpec": {
    "description": "BackupSpec says what is to be copied, and when.",
    "type": "object",
    "required": [
      "cluster"
    ],
    "properties": {
      "cluster": {
        "description": "Name of a KubeDirectorCluster of the same namespace. Can't change.",
        "type": "string",
        "minLength": 1
      },
      "volumeSnapshotClassName": {
        "description": "VolumeSnapshotClass of the snapshots. The default class of each volume's driver if absent. Can't change, but for a schedule.",
        "type": "string",
        "minLength": 1
      },
      "freezeTimeoutSeconds": {
        "description": "How long the cluster's applications may be frozen, from startscript --backup begin to the last snapshot being taken. The backup fails then, and the applications go on. Default 120.",
        "type": "integer",
        "format": "int32",
        "minimum": 1,
        "maximum": 3600
      },
      "timeoutSeconds": {
        "description": "How long the backup may take in all, waiting for the cluster and for the snapshots included. Default 3600.",
        "type": "integer",
        "format": "int32",
        "minimum": 60,
        "maximum": 604800
      },
      "schedule": {
        "description": "When backups are made, in Cron's five fields, as a CronJob has it. If absent, one backup is made at once. Can't be added or removed.",
        "type": "string",
        "minLength": 1
      },
      "timeZone": {
        "description": "Time zone of the schedule as the IANA names it. UTC if absent.",
        "type": "string",
        "minLength": 1
      },
      "startingDeadlineSeconds": {
        "description": "A backup of the schedule that could not begin so long after its time is left out. Of several that were missed, the last one is made up for. No limit if absent.",
        "type": "integer",
        "format": "int64",
        "minimum": 10
      },
      "suspend": {
        "description": "Whether the schedule makes no further backups. Those that have begun go on.",
        "type": "boolean"
      },
      "retention": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.BackupRetention"
          }
        ],
        "description": "Which backups of the schedule are kept. All if absent."
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.BackupStatus": {
    "description": "BackupStatus says how far a backup is.",
    "type": "object",
    "properties": {
      "phase": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.BackupPhase"
          }
        ],
        "description": "How far the backup is. Only one that has Succeeded can be restored from."
      },
      "reason": {
        "description": "One word for why the backup waits or has failed.",
        "type": "string"
      },
      "message": {
        "description": "What the backup waits for or why it failed.",
        "type": "string"
      },
      "conditions": {
        "description": "Ready (the backup has succeeded, or its schedule is followed), Progressing and Degraded (the backup has failed).",
        "type": "array",
        "items": {
          "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.Condition"
        },
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": [
          "type"
        ],
        "x-kubernetes-patch-strategy": "merge",
        "x-kubernetes-patch-merge-key": "type"
      },
      "observedGeneration": {
        "description": "The metadata.generation that this status speaks of.",
        "type": "integer",
        "format": "int64"
      },
      "startedAt": {
        "description": "When the backup began to freeze the cluster.",
        "type": "string",
        "format": "date-time"
      },
      "frozenAt": {
        "description": "When the cluster's applications began to be frozen. Absent where the cluster was stopped, so that nobody had to be told.",
        "type": "string",
        "format": "date-time"
      },
      "snapshotsTakenAt": {
        "description": "When all snapshots had been taken.",
        "type": "string",
        "format": "date-time"
      },
      "completedAt": {
        "description": "When the backup succeeded or failed.",
        "type": "string",
        "format": "date-time"
      },
      "size": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity"
          }
        ],
        "description": "Sum of the sizes that the volumes need when they are restored."
      },
      "app": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.BackupApp"
          }
        ],
        "description": "The app of the cluster."
      },
      "clusterUID": {
        "description": "The metadata.uid of the cluster.",
        "type": "string"
      },
      "clusterSpec": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.ClusterSpec"
          }
        ],
        "description": "The cluster's spec at the time, without the values of secretKeys. It is for who makes a new cluster from the backup; nothing is made of it by itself."
      },
      "members": {
        "description": "The members whose volumes are in the backup.",
        "type": "array",
        "items": {
          "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.BackupMember"
        },
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": [
          "pod"
        ],
        "x-kubernetes-patch-strategy": "merge",
        "x-kubernetes-patch-merge-key": "pod"
      },
      "lastScheduleTime": {
        "description": "When the last backup of the schedule was due that was made.",
        "type": "string",
        "format": "date-time"
      },
      "lastSuccessfulTime": {
        "description": "When the last backup of the schedule that succeeded was due.",
        "type": "string",
        "format": "date-time"
      },
      "nextScheduleTime": {
        "description": "When the next backup of the schedule is due.",
        "type": "string",
        "format": "date-time"
      },
      "active": {
        "description": "Name of the backup of the schedule that is being made.",
        "type": "string"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.BackupVolume": {
    "description": "BackupVolume is one volume of a member.",
    "type": "object",
    "required": [
      "template",
      "claim",
      "snapshot"
    ],
    "properties": {
      "template": {
        "description": "Which of the member's volumes it is - p for the storage and b0 and so on for block devices.",
        "type": "string"
      },
      "claim": {
        "description": "Name of the PersistentVolumeClaim.",
        "type": "string"
      },
      "snapshot": {
        "description": "Name of the VolumeSnapshot.",
        "type": "string"
      },
      "restoreSize": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity"
          }
        ],
        "description": "Size that a volume must have that is made of the snapshot."
      },
      "takenAt": {
        "description": "When the snapshot was taken.",
        "type": "string",
        "format": "date-time"
      },
      "ready": {
        "description": "Whether the snapshot can be used.",
        "type": "boolean"
      },
      "error": {
        "description": "What the driver last said went wrong.",
        "type": "string"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.BeforeUpdate": {
    "description": "BeforeUpdate is the part of a spec that an update has changed, as it was before.",
    "type": "object",
    "properties": {
      "app": {
        "description": "Name of the app. Absent where it has not changed.",
        "type": "string"
      },
      "roles": {
        "description": "The roles that have changed.",
        "type": "array",
        "items": {
          "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.RoleBeforeUpdate"
        },
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": [
          "id"
        ],
        "x-kubernetes-patch-strategy": "merge",
        "x-kubernetes-patch-merge-key": "id"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.BlockStorage": {
    "description": "BlockStorage asks for raw block devices for each member.",
    "type": "object",
    "required": [
      "storageClassName",
      "pathPrefix",
      "numDevices"
    ],
    "properties": {
      "storageClassName": {
        "description": "StorageClass of the devices.",
        "type": "string",
        "minLength": 1
      },
      "pathPrefix": {
        "description": "Absolute path in the member; the devices are this path with 0 and 1 and so on appended.",
        "type": "string",
        "pattern": "^/"
      },
      "numDevices": {
        "description": "How many devices each member gets. May become more while members run; they are restarted one after the other.",
        "type": "integer",
        "format": "int32",
        "minimum": 1,
        "maximum": 256
      },
      "size": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity"
          }
        ],
        "description": "Size of each device.",
        "default": "1Gi"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.ClaimRetentionPolicy": {
    "description": "ClaimRetentionPolicy says what becomes of PersistentVolumeClaims. Retained ones are taken up again by members of the same number, also of a new cluster of the same name and app, where size and class are what the role asks for.",
    "type": "object",
    "properties": {
      "whenScaled": {
        "description": "When their member leaves the cluster - Delete (the default) or Retain.",
        "type": "string",
        "enum": [
          "Delete",
          "Retain"
        ]
      },
      "whenDeleted": {
        "description": "When the cluster is deleted - Delete (the default) or Retain.",
        "type": "string",
        "enum": [
          "Delete",
          "Retain"
        ]
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.ClusterEndpoint": {
    "description": "ClusterEndpoint is one service of one member.",
    "type": "object",
    "required": [
      "service",
      "role",
      "member",
      "port",
      "isDashboard",
      "url",
      "externalURLs",
      "ready"
    ],
    "properties": {
      "service": {
        "description": "The service's ID in the app.",
        "type": "string"
      },
      "name": {
        "description": "The service's name for people.",
        "type": "string"
      },
      "role": {
        "description": "The member's role.",
        "type": "string"
      },
      "member": {
        "description": "Name of the member's pod.",
        "type": "string"
      },
      "scheme": {
        "description": "Scheme of the service's URL.",
        "type": "string"
      },
      "port": {
        "description": "TCP port in the member and of its Service.",
        "type": "integer",
        "format": "int32"
      },
      "path": {
        "description": "Path of the service's URL.",
        "type": "string"
      },
      "isDashboard": {
        "description": "Whether it is to be opened in a browser.",
        "type": "boolean"
      },
      "url": {
        "description": "Where it can be reached from inside the Kubernetes cluster.",
        "type": "string"
      },
      "externalURLs": {
        "description": "Where it can be reached from outside, by node ports or load balancers.",
        "type": "array",
        "items": {
          "type": "string"
        },
        "x-kubernetes-list-type": "atomic"
      },
      "ready": {
        "description": "Whether the member is in service.",
        "type": "boolean"
      },
      "authToken": {
        "description": "What callers must show. Only for users who may get kubedirectorclusters/authtoken.",
        "type": "string"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.ClusterEndpoints": {
    "description": "ClusterEndpoints says where the services of a KubeDirectorCluster can be reached. It is the cluster's endpoints subresource.",
    "type": "object",
    "required": [
      "endpoints"
    ],
    "properties": {
      "apiVersion": {
        "type": "string",
        "description": "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources"
      },
      "kind": {
        "type": "string",
        "description": "Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds"
      },
      "metadata": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
          }
        ],
        "description": "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata"
      },
      "endpoints": {
        "description": "The services of the cluster's members.",
        "type": "array",
        "items": {
          "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.ClusterEndpoint"
        },
        "x-kubernetes-list-type": "atomic"
      }
    },
    "x-kubernetes-group-version-kind": [
      {
        "group": "kubedirector.hpe.com",
        "kind": "ClusterEndpoints",
        "version": "v1beta1"
      }
    ]
  },
  "com.hpe.kubedirector.v1beta1.ClusterPlan": {
    "description": "ClusterPlan says what would happen to the members of a KubeDirectorCluster if it were updated. It is the answer of the cluster's plan subresource, to which the cluster is sent as it would be.",
    "type": "object",
    "required": [
      "changes"
    ],
    "properties": {
      "apiVersion": {
        "type": "string",
        "description": "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources"
      },
      "kind": {
        "type": "string",
        "description": "Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds"
      },
      "metadata": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
          }
        ],
        "description": "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata"
      },
      "changes": {
        "description": "What would happen, role by role, in the order in which roles are updated. If the update would be refused, all reasons for that, and nothing else.",
        "type": "array",
        "items": {
          "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.PlannedChange"
        },
        "x-kubernetes-list-type": "atomic"
      }
    },
    "x-kubernetes-group-version-kind": [
      {
        "group": "kubedirector.hpe.com",
        "kind": "ClusterPlan",
        "version": "v1beta1"
      }
    ]
  },
  "com.hpe.kubedirector.v1beta1.ClusterRole": {
    "description": "ClusterRole says how many members a role has, and how they run. Everything can change until a member has run; the members are then made anew. After that storage can only become larger, and blockStorage can only have more devices, until the role has no members any more. A change of members, labels and annotations has its effect at once; any other restarts the role's members, as updateStrategy says.",
    "type": "object",
    "required": [
      "id",
      "resources"
    ],
    "properties": {
      "id": {
        "description": "One of the app's roles.",
        "type": "string",
        "minLength": 1,
        "maxLength": 63,
        "pattern": "^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$"
      },
      "members": {
        "description": "How many members. The number of the app role's cardinality if absent.",
        "type": "integer",
        "format": "int32",
        "minimum": 0
      },
      "resources": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.RoleResources"
          }
        ],
        "description": "Compute resources of each member."
      },
      "env": {
        "description": "Environment variables of the members' container.",
        "type": "array",
        "maxItems": 500,
        "items": {
          "$ref": "#/components/schemas/io.k8s.api.core.v1.EnvVar"
        },
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": [
          "name"
        ],
        "x-kubernetes-patch-strategy": "merge",
        "x-kubernetes-patch-merge-key": "name"
      },
      "affinity": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.api.core.v1.Affinity"
          }
        ],
        "description": "Scheduling constraints of the members' pods."
      },
      "nodeSelector": {
        "description": "Labels that a node must have to run a member.",
        "type": "object",
        "additionalProperties": {
          "type": "string"
        }
      },
      "tolerations": {
        "description": "Taints of nodes that the members' pods tolerate.",
        "type": "array",
        "maxItems": 100,
        "items": {
          "$ref": "#/components/schemas/io.k8s.api.core.v1.Toleration"
        },
        "x-kubernetes-list-type": "atomic"
      },
      "topologySpreadConstraints": {
        "description": "How the members' pods are spread over topology domains. The labels kubedirector.hpe.com/kdcluster and kubedirector.hpe.com/role select the pods of a role.",
        "type": "array",
        "maxItems": 100,
        "items": {
          "$ref": "#/components/schemas/io.k8s.api.core.v1.TopologySpreadConstraint"
        },
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": [
          "topologyKey",
          "whenUnsatisfiable"
        ],
        "x-kubernetes-patch-strategy": "merge",
        "x-kubernetes-patch-merge-key": "topologyKey"
      },
      "priorityClassName": {
        "description": "PriorityClass of the members' pods. Only users who may create pods can set it.",
        "type": "string",
        "minLength": 1
      },
      "podSecurityContext": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.api.core.v1.PodSecurityContext"
          }
        ],
        "description": "Security settings of the members' pods. Fields that are absent are the app's. Only users who may create pods can set what gives a pod more than it has without it."
      },
      "securityContext": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.api.core.v1.SecurityContext"
          }
        ],
        "description": "Security settings of the members' container. Fields that are absent are the app's. The capabilities of the app are added. Only users who may create pods can set what gives a container more than it has without it."
      },
      "podLabels": {
        "description": "Labels that the pods get besides KubeDirector's own.",
        "type": "object",
        "additionalProperties": {
          "type": "string"
        }
      },
      "podAnnotations": {
        "description": "Annotations that the pods get besides KubeDirector's own.",
        "type": "object",
        "additionalProperties": {
          "type": "string"
        }
      },
      "serviceLabels": {
        "description": "Labels that the members' Services get besides KubeDirector's own.",
        "type": "object",
        "additionalProperties": {
          "type": "string"
        }
      },
      "serviceAnnotations": {
        "description": "Annotations that the members' Services get besides KubeDirector's own.",
        "type": "object",
        "additionalProperties": {
          "type": "string"
        }
      },
      "storage": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.RoleStorage"
          }
        ],
        "description": "Persistent storage for the app's directories. A member without it loses its files with its pod."
      },
      "blockStorage": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.BlockStorage"
          }
        ],
        "description": "Raw block devices for each member."
      },
      "sharedMemory": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity"
          }
        ],
        "description": "Size of /dev/shm."
      },
      "fileInjections": {
        "description": "Files that are downloaded into each member before it is set up.",
        "type": "array",
        "maxItems": 100,
        "items": {
          "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.FileInjection"
        },
        "x-kubernetes-list-type": "atomic"
      },
      "secret": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.SecretMount"
          }
        ],
        "description": "Secret that is mounted in the members. Takes defaultSecret if absent."
      },
      "serviceAccountName": {
        "description": "ServiceAccount that the members' pods run as.",
        "type": "string",
        "minLength": 1
      },
      "secretKeys": {
        "description": "Confidential values that only setup packages get to see.",
        "type": "array",
        "maxItems": 100,
        "items": {
          "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.SecretKey"
        },
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": [
          "name"
        ],
        "x-kubernetes-patch-strategy": "merge",
        "x-kubernetes-patch-merge-key": "name"
      },
      "updateStrategy": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.UpdateStrategy"
          }
        ],
        "description": "How changes reach members of this role. What it leaves out is the cluster's."
      },
      "podDisruptionBudget": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.RoleDisruptionBudget"
          }
        ],
        "description": "How many members of the role others may take out of service at a time, for example by kubectl drain. As many as updateStrategy.maxUnavailable if absent."
      },
      "restartedAt": {
        "description": "As the cluster's restartedAt, for the members of this role. The later one of both counts.",
        "type": "string",
        "format": "date-time"
      },
      "memberRestarts": {
        "description": "Single members to be restarted, once each. Entries of members that do not exist have no effect.",
        "type": "array",
        "maxItems": 1000,
        "items": {
          "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.MemberRestart"
        },
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": [
          "pod"
        ],
        "x-kubernetes-patch-strategy": "merge",
        "x-kubernetes-patch-merge-key": "pod"
      },
      "volumeProjections": {
        "description": "PersistentVolumeClaims of the cluster's namespace that all members mount.",
        "type": "array",
        "maxItems": 100,
        "items": {
          "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.VolumeProjection"
        },
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": [
          "mountPath"
        ],
        "x-kubernetes-patch-strategy": "merge",
        "x-kubernetes-patch-merge-key": "mountPath"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.ClusterSpec": {
    "description": "ClusterSpec says what a cluster is to be.",
    "type": "object",
    "required": [
      "app",
      "roles"
    ],
    "properties": {
      "app": {
        "description": "Name of the KubeDirectorApp. May change to another app of the same distroID if the one that runs is upgradable.",
        "type": "string",
        "minLength": 1
      },
      "appCatalog": {
        "description": "Where the app is looked for - local is the cluster's namespace, system the one KubeDirector runs in. If absent, first the one, then the other; which it was is stored. Can't change.",
        "type": "string",
        "enum": [
          "local",
          "system"
        ]
      },
      "namingScheme": {
        "description": "How the native objects are named - UID gives them random names, CrNameRole names made of the cluster's and the role's. The global configuration's if absent, else UID. A later change counts for objects that are made after it.",
        "type": "string",
        "enum": [
          "UID",
          "CrNameRole"
        ]
      },
      "serviceType": {
        "description": "Type of the members' Services. The global configuration's if absent, else LoadBalancer. May change later.",
        "type": "string",
        "enum": [
          "ClusterIP",
          "NodePort",
          "LoadBalancer"
        ]
      },
      "defaultSecret": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.SecretMount"
          }
        ],
        "description": "Secret for roles that name none. Copied into those roles when the cluster is written; they follow it when it changes. It can't change for roles whose members have run."
      },
      "persistentVolumeClaimRetentionPolicy": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.ClaimRetentionPolicy"
          }
        ],
        "description": "What becomes of the members' PersistentVolumeClaims when members leave and when the cluster is deleted."
      },
      "suspend": {
        "description": "Whether the cluster is stopped. It has no pods then; everything else stays, also the volumes, and its members may be more or fewer. Members whose role names the event suspend are told before, for a limited time. Members start again as after a reboot, and are told with the event restarted, if their role names it.",
        "type": "boolean"
      },
      "restoreFrom": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.RestoreFrom"
          }
        ],
        "description": "The backup that the members' volumes are made of. Can't change."
      },
      "connections": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.Connections"
          }
        ],
        "description": "Other objects of the same namespace that the members are told about."
      },
      "updateStrategy": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.UpdateStrategy"
          }
        ],
        "description": "How changes of the roles reach members that run. A role may have its own."
      },
      "restartedAt": {
        "description": "Members whose pod was made before this time are restarted, in the way that updateStrategy says.",
        "type": "string",
        "format": "date-time"
      },
      "authTokensRenewedAt": {
        "description": "Another time than before gives every member that has an auth token another one. configmeta.json is written again, and setup packages are told with reconnect. No member restarts.",
        "type": "string",
        "format": "date-time"
      },
      "roles": {
        "description": "The cluster's roles, each one of the app's.",
        "type": "array",
        "maxItems": 100,
        "items": {
          "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.ClusterRole"
        },
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": [
          "id"
        ],
        "x-kubernetes-patch-strategy": "merge",
        "x-kubernetes-patch-merge-key": "id"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.ClusterState": {
    "description": "ClusterState is the overall state of a cluster.",
    "type": "string",
    "enum": [
      "creating",
      "updating",
      "configured",
      "spec modified",
      "suspended"
    ]
  },
  "com.hpe.kubedirector.v1beta1.ClusterStatus": {
    "description": "ClusterStatus says what a cluster is, as KubeDirector last saw it.",
    "type": "object",
    "properties": {
      "state": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.ClusterState"
          }
        ],
        "description": "Overall state."
      },
      "conditions": {
        "description": "Ready (every member wished for is configured), Progressing (members join, leave, are being set up or updated), Degraded (a member is down, its setup or its update failed, it refuses notifications, or its pod is outdated) and, in clusters with connections, ConnectionsResolved (members are told of all connected objects). A cluster that has spec.suspend, or had it, also has Suspended (no pod of it is left). One whose app was ever upgraded also has Upgrading (members move to another app, or back). One that a user has paused also has Paused; its other conditions are those from before.",
        "type": "array",
        "items": {
          "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.Condition"
        },
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": [
          "type"
        ],
        "x-kubernetes-patch-strategy": "merge",
        "x-kubernetes-patch-merge-key": "type"
      },
      "observedGeneration": {
        "description": "The metadata.generation that this status speaks of - 0 until the controller has seen the cluster.",
        "type": "integer",
        "format": "int64"
      },
      "replicas": {
        "description": "Members that exist in the role that the scale subresource is about.",
        "type": "integer",
        "format": "int32"
      },
      "selector": {
        "description": "Label selector of the pods of the role that the scale subresource is about.",
        "type": "string"
      },
      "memberStateRollup": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.MemberStateRollup"
          }
        ],
        "description": "What any of the members suffers from."
      },
      "app": {
        "description": "Name of the app that the members run. While spec.app is another one - of the app that they come from.",
        "type": "string"
      },
      "appGeneration": {
        "description": "The metadata.generation of the app that the members' configmeta.json tells of.",
        "type": "integer",
        "format": "int64"
      },
      "upgradeInfo": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.UpgradeInfo"
          }
        ],
        "description": "The upgrade of the app that goes on. Absent while none does."
      },
      "beforeUpdate": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.BeforeUpdate"
          }
        ],
        "description": "What the spec said before the update that goes on, where updateStrategy.autoRevert may need it. Absent when no update goes on."
      },
      "autoRevert": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.AutoRevertStatus"
          }
        ],
        "description": "The last update that updateStrategy.autoRevert has taken back, or is about to. Absent once another update is complete."
      },
      "clusterService": {
        "description": "Name of the headless Service that is the DNS subdomain of all members.",
        "type": "string"
      },
      "generationUID": {
        "description": "Identifies this state of the spec and status together.",
        "type": "string"
      },
      "specGenerationToProcess": {
        "description": "The metadata.generation being worked on.",
        "type": "integer",
        "format": "int64"
      },
      "lastNodeID": {
        "description": "The highest nodeID given out so far. They are never reused.",
        "type": "integer",
        "format": "int64"
      },
      "appliedMetadataKeys": {
        "description": "Labels and annotations of the spec's and the global config's that Services and volumes may bear; one that is in neither any more is removed from them.",
        "type": "array",
        "items": {
          "type": "string"
        },
        "x-kubernetes-list-type": "set"
      },
      "lastConnectionHash": {
        "description": "Fingerprint of the connected objects as the members last saw them.",
        "type": "string"
      },
      "restoreProgress": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.RestoreProgress"
          }
        ],
        "description": "What a cluster that is being restored from a backup waits for."
      },
      "restoredFrom": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.RestoredFrom"
          }
        ],
        "description": "How far the volumes are that are made of the backup in spec.restoreFrom."
      },
      "roles": {
        "description": "The roles that have members.",
        "type": "array",
        "items": {
          "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.RoleStatus"
        },
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": [
          "id"
        ],
        "x-kubernetes-patch-strategy": "merge",
        "x-kubernetes-patch-merge-key": "id"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.ConfigPackage": {
    "description": "ConfigPackage says where a role's setup package is. Null means that the role has none, which is not the same as absent.",
    "type": "object",
    "required": [
      "packageURL"
    ],
    "properties": {
      "packageURL": {
        "description": "A file (inside the member's container), http or https URL that ends with .tgz, or oci:// and an image with its registry, and tag or digest. Such an image is mounted into the members; it holds one .tgz file, or the folder that is in it. This needs a cluster with image volumes, as those of Kubernetes 1.36 are.",
        "type": "string",
        "pattern": "^((file|https?)://.+\\.tgz|oci://[a-z0-9][a-z0-9.-]*(:[0-9]+)?(/[a-z0-9][a-z0-9._-]*)+(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?)$"
      },
      "useNewSetupLayout": {
        "description": "Whether configcli is installed under /usr/local and only the directories it uses are persisted, instead of all of /opt and /usr.",
        "type": "boolean",
        "default": false
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.ConfigSpec": {
    "description": "ConfigSpec holds the global settings.",
    "type": "object",
    "properties": {
      "defaultStorageClassName": {
        "description": "StorageClass for roles whose storage names none. Kubernetes' default class if absent.",
        "type": "string",
        "minLength": 1
      },
      "defaultServiceType": {
        "description": "Type of the members' Services for clusters that name none. LoadBalancer if absent.",
        "type": "string",
        "enum": [
          "ClusterIP",
          "NodePort",
          "LoadBalancer"
        ]
      },
      "nativeSystemdSupport": {
        "description": "Whether the container runtime gives systemd what it needs without host mounts. False if absent.",
        "type": "boolean"
      },
      "requiredSecretPrefix": {
        "description": "What the names of mounted Secrets must begin with.",
        "type": "string"
      },
      "clusterSvcDomainBase": {
        "description": "What follows the namespace in the DNS names of Services. .svc.cluster.local if absent.",
        "type": "string"
      },
      "defaultNamingScheme": {
        "description": "How native objects are named for clusters that do not say. UID if absent.",
        "type": "string",
        "enum": [
          "UID",
          "CrNameRole"
        ]
      },
      "masterEncryptionKey": {
        "description": "AES key that secretKeys are encrypted with - 16, 24 or 32 bytes as hex. Random if absent. When it changes, what clusters have encrypted is encrypted anew with it; until that is done, the one before stays in the status.",
        "type": "string"
      },
      "podLabels": {
        "description": "Labels of all members' pods.",
        "type": "object",
        "additionalProperties": {
          "type": "string"
        }
      },
      "podAnnotations": {
        "description": "Annotations of all members' pods.",
        "type": "object",
        "additionalProperties": {
          "type": "string"
        }
      },
      "serviceLabels": {
        "description": "Labels of all members' Services.",
        "type": "object",
        "additionalProperties": {
          "type": "string"
        }
      },
      "serviceAnnotations": {
        "description": "Annotations of all members' Services.",
        "type": "object",
        "additionalProperties": {
          "type": "string"
        }
      },
      "backupClusterStatus": {
        "description": "Whether each cluster's status is copied into a KubeDirectorStatusBackup. False if absent.",
        "type": "boolean"
      },
      "allowRestoreWithoutConnections": {
        "description": "Whether a cluster may be restored before the objects it is connected to. False if absent.",
        "type": "boolean"
      },
      "forceSharedMemorySizeSupport": {
        "description": "Whether clusters may ask for sharedMemory. They may where this is absent.",
        "type": "boolean"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.ConfigStatus": {
    "description": "ConfigStatus says whether the settings are in use.",
    "type": "object",
    "properties": {
      "generationUID": {
        "description": "Identifies this state of the spec and status together.",
        "type": "string"
      },
      "state": {
        "description": "Overall state.",
        "type": "string"
      },
      "formerEncryptionKeys": {
        "description": "Earlier masterEncryptionKeys that values of clusters may still be encrypted with, the newest first. Absent once all of them are encrypted with the present one. Shown to those only who may see masterEncryptionKey.",
        "type": "array",
        "maxItems": 16,
        "items": {
          "type": "string"
        },
        "x-kubernetes-list-type": "atomic"
      },
      "revisionKey": {
        "description": "Key of the hashes by which members are told apart from those with other values of secretKeys. It is the first masterEncryptionKey, so that another one restarts no member. Absent where that is the present one. Shown to those only who may see masterEncryptionKey.",
        "type": "string"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.Connections": {
    "description": "Connections are objects of the cluster's namespace that its members are told about in configmeta.json, and told again when they change.",
    "type": "object",
    "properties": {
      "clusters": {
        "description": "Names of KubeDirectorClusters.",
        "type": "array",
        "maxItems": 100,
        "items": {
          "type": "string"
        },
        "x-kubernetes-list-type": "set",
        "x-kubernetes-patch-strategy": "merge"
      },
      "configmaps": {
        "description": "Names of ConfigMaps. One without the label kubedirector.hpe.com/cmType is not passed on.",
        "type": "array",
        "maxItems": 100,
        "items": {
          "type": "string"
        },
        "x-kubernetes-list-type": "set",
        "x-kubernetes-patch-strategy": "merge"
      },
      "secrets": {
        "description": "Names of Secrets. One without the label kubedirector.hpe.com/secretType is not passed on.",
        "type": "array",
        "maxItems": 100,
        "items": {
          "type": "string"
        },
        "x-kubernetes-list-type": "set",
        "x-kubernetes-patch-strategy": "merge"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.ContainerSpec": {
    "description": "ContainerSpec says how a container runs.",
    "type": "object",
    "properties": {
      "stdin": {
        "description": "Whether a buffer for standard input is allocated.",
        "type": "boolean"
      },
      "tty": {
        "description": "Whether a terminal is allocated. Needs stdin.",
        "type": "boolean"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.ContainerState": {
    "description": "ContainerState is what a member's container was last seen to do.",
    "type": "string",
    "enum": [
      "running",
      "waiting",
      "initializing",
      "unresponsive",
      "terminated",
      "absent",
      "unknown"
    ]
  },
  "com.hpe.kubedirector.v1beta1.CpuAndMemory": {
    "description": "CpuAndMemory are amounts of cpu and memory.",
    "type": "object",
    "properties": {
      "cpu": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity"
          }
        ],
        "description": "Cores."
      },
      "memory": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity"
          }
        ],
        "description": "Bytes."
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.EndpointViewSpec": {
    "description": "EndpointViewSpec says which service of which member an endpoint is.",
    "type": "object",
    "required": [
      "cluster",
      "role",
      "app",
      "member",
      "service",
      "port",
      "isDashboard"
    ],
    "properties": {
      "cluster": {
        "description": "Name of the KubeDirectorCluster.",
        "type": "string"
      },
      "role": {
        "description": "The member's role.",
        "type": "string"
      },
      "app": {
        "description": "Name of the KubeDirectorApp.",
        "type": "string"
      },
      "member": {
        "description": "Name of the member's pod.",
        "type": "string"
      },
      "service": {
        "description": "The service's ID in the app.",
        "type": "string"
      },
      "serviceName": {
        "description": "The service's name for people.",
        "type": "string"
      },
      "scheme": {
        "description": "Scheme of the service's URL.",
        "type": "string"
      },
      "port": {
        "description": "TCP port in the member and of its Service.",
        "type": "integer",
        "format": "int32"
      },
      "path": {
        "description": "Path of the service's URL.",
        "type": "string"
      },
      "isDashboard": {
        "description": "Whether it is to be opened in a browser.",
        "type": "boolean"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.EndpointViewStatus": {
    "description": "EndpointViewStatus says where an endpoint can be reached.",
    "type": "object",
    "required": [
      "url",
      "externalURLs",
      "ready"
    ],
    "properties": {
      "url": {
        "description": "Where it can be reached from inside the Kubernetes cluster.",
        "type": "string"
      },
      "externalURLs": {
        "description": "Where it can be reached from outside, by node ports or load balancers.",
        "type": "array",
        "items": {
          "type": "string"
        },
        "x-kubernetes-list-type": "atomic"
      },
      "ready": {
        "description": "Whether the member is in service.",
        "type": "boolean"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.ExternalAccess": {
    "description": "ExternalAccess says where a member's Service answers from outside the cluster.",
    "type": "object",
    "required": [
      "addresses"
    ],
    "properties": {
      "addresses": {
        "description": "Of the load balancer, whose ports are those of the Service; with nodePorts, of up to three nodes.",
        "type": "array",
        "items": {
          "type": "string"
        },
        "x-kubernetes-list-type": "atomic"
      },
      "nodePorts": {
        "description": "The ports of the nodes that lead to the ports of the Service. Absent for a load balancer.",
        "type": "array",
        "items": {
          "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.NodePort"
        },
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": [
          "port"
        ]
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.FileInjection": {
    "description": "FileInjection downloads a file into each member before it is set up.",
    "type": "object",
    "required": [
      "srcURL",
      "destDir"
    ],
    "properties": {
      "srcURL": {
        "description": "http or https URL of the file.",
        "type": "string",
        "pattern": "^https?://.+$"
      },
      "destDir": {
        "description": "Absolute path of the directory that the file is put into; made if it does not exist.",
        "type": "string",
        "pattern": "^/"
      },
      "permissions": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.FilePermissions"
          }
        ],
        "description": "Mode and owner of the file."
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.FilePermissions": {
    "description": "FilePermissions are the mode and owner of a file.",
    "type": "object",
    "properties": {
      "fileMode": {
        "description": "Mode - decimal in JSON (420 is 0644).",
        "type": "integer",
        "format": "int32",
        "minimum": 0
      },
      "fileOwner": {
        "description": "Name or number of the user.",
        "type": "string"
      },
      "fileGroup": {
        "description": "Name or number of the group.",
        "type": "string"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.HealthCheck": {
    "description": "HealthCheck says how often a setup package is called for healthcheck, in the words of a probe. A change of it reaches members without a restart.",
    "type": "object",
    "properties": {
      "periodSeconds": {
        "description": "Seconds from the end of one check to the next. What the server was started with if absent, which is 30 by default.",
        "type": "integer",
        "format": "int32",
        "minimum": 1,
        "maximum": 86400
      },
      "timeoutSeconds": {
        "description": "Seconds after which a check that has not ended is stopped, and has failed. 10 if absent.",
        "type": "integer",
        "format": "int32",
        "minimum": 1,
        "maximum": 60
      },
      "failureThreshold": {
        "description": "How many checks in a row must fail before a member is not in service any more. 1 if absent.",
        "type": "integer",
        "format": "int32",
        "minimum": 1,
        "maximum": 1000
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.KubeDirectorApp": {
    "description": "KubeDirectorApp describes an application that KubeDirectorClusters can be made of - its roles, the services they offer, and how a member is set up.",
    "type": "object",
    "required": [
      "spec"
    ],
    "properties": {
      "apiVersion": {
        "type": "string",
        "description": "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources"
      },
      "kind": {
        "type": "string",
        "description": "Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds"
      },
      "metadata": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
          }
        ],
        "description": "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata"
      },
      "spec": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.AppSpec"
          }
        ],
        "description": "What the application is made of. While a cluster uses the app, it can't change."
      }
    },
    "x-kubernetes-group-version-kind": [
      {
        "group": "kubedirector.hpe.com",
        "kind": "KubeDirectorApp",
        "version": "v1beta1"
      }
    ]
  },
  "com.hpe.kubedirector.v1beta1.KubeDirectorBackup": {
    "description": "KubeDirectorBackup is a copy of the volumes of one KubeDirectorCluster, as VolumeSnapshots. With a schedule, it makes other KubeDirectorBackups.",
    "type": "object",
    "required": [
      "spec"
    ],
    "properties": {
      "apiVersion": {
        "type": "string",
        "description": "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources"
      },
      "kind": {
        "type": "string",
        "description": "Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds"
      },
      "metadata": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
          }
        ],
        "description": "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata"
      },
      "spec": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.BackupSpec"
          }
        ],
        "description": "What is to be copied."
      },
      "status": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.BackupStatus"
          }
        ],
        "description": "How far the backup is. Written by KubeDirector only."
      }
    },
    "x-kubernetes-group-version-kind": [
      {
        "group": "kubedirector.hpe.com",
        "kind": "KubeDirectorBackup",
        "version": "v1beta1"
      }
    ]
  },
  "com.hpe.kubedirector.v1beta1.KubeDirectorCluster": {
    "description": "KubeDirectorCluster is one running instance of a KubeDirectorApp.",
    "type": "object",
    "required": [
      "spec"
    ],
    "properties": {
      "apiVersion": {
        "type": "string",
        "description": "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources"
      },
      "kind": {
        "type": "string",
        "description": "Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds"
      },
      "metadata": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
          }
        ],
        "description": "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata"
      },
      "spec": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.ClusterSpec"
          }
        ],
        "description": "What the cluster is to be."
      },
      "status": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.ClusterStatus"
          }
        ],
        "description": "What the cluster is. Written by KubeDirector only."
      }
    },
    "x-kubernetes-group-version-kind": [
      {
        "group": "kubedirector.hpe.com",
        "kind": "KubeDirectorCluster",
        "version": "v1beta1"
      }
    ]
  },
  "com.hpe.kubedirector.v1beta1.KubeDirectorConfig": {
    "description": "KubeDirectorConfig holds the global settings. There is one, named kd-global-config, in the namespace that KubeDirector runs in.",
    "type": "object",
    "properties": {
      "apiVersion": {
        "type": "string",
        "description": "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources"
      },
      "kind": {
        "type": "string",
        "description": "Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds"
      },
      "metadata": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
          }
        ],
        "description": "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata"
      },
      "spec": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.ConfigSpec"
          }
        ],
        "description": "The settings."
      },
      "status": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.ConfigStatus"
          }
        ],
        "description": "Written by KubeDirector only."
      }
    },
    "x-kubernetes-group-version-kind": [
      {
        "group": "kubedirector.hpe.com",
        "kind": "KubeDirectorConfig",
        "version": "v1beta1"
      }
    ]
  },
  "com.hpe.kubedirector.v1beta1.KubeDirectorEndpoint": {
    "description": "KubeDirectorEndpoint is one service of one member of a KubeDirectorCluster, and where it can be reached. It is computed from the cluster, its app and the member's Service.",
    "type": "object",
    "properties": {
      "apiVersion": {
        "type": "string",
        "description": "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources"
      },
      "kind": {
        "type": "string",
        "description": "Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds"
      },
      "metadata": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
          }
        ],
        "description": "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata"
      },
      "spec": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.EndpointViewSpec"
          }
        ],
        "description": "Which service of which member."
      },
      "status": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.EndpointViewStatus"
          }
        ],
        "description": "Where it can be reached."
      }
    },
    "x-kubernetes-group-version-kind": [
      {
        "group": "kubedirector.hpe.com",
        "kind": "KubeDirectorEndpoint",
        "version": "v1beta1"
      }
    ]
  },
  "com.hpe.kubedirector.v1beta1.KubeDirectorRole": {
    "description": "KubeDirectorRole is one role of a KubeDirectorCluster, named <cluster>.<role>, or <cluster>..<role> where the role's ID has a dot. It is computed from the cluster; its scale subresource changes the number of the role's members.",
    "type": "object",
    "properties": {
      "apiVersion": {
        "type": "string",
        "description": "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources"
      },
      "kind": {
        "type": "string",
        "description": "Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds"
      },
      "metadata": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
          }
        ],
        "description": "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata"
      },
      "spec": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.RoleViewSpec"
          }
        ],
        "description": "What the cluster's spec says of the role."
      },
      "status": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.RoleViewStatus"
          }
        ],
        "description": "What the cluster's status says of the role."
      }
    },
    "x-kubernetes-group-version-kind": [
      {
        "group": "kubedirector.hpe.com",
        "kind": "KubeDirectorRole",
        "version": "v1beta1"
      }
    ]
  },
  "com.hpe.kubedirector.v1beta1.KubeDirectorStatusBackup": {
    "description": "KubeDirectorStatusBackup is a copy of the status of the KubeDirectorCluster of the same name, for restoring it together with its native objects.",
    "type": "object",
    "required": [
      "spec"
    ],
    "properties": {
      "apiVersion": {
        "type": "string",
        "description": "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources"
      },
      "kind": {
        "type": "string",
        "description": "Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds"
      },
      "metadata": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
          }
        ],
        "description": "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata"
      },
      "spec": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.StatusBackupSpec"
          }
        ],
        "description": "The copy."
      }
    },
    "x-kubernetes-group-version-kind": [
      {
        "group": "kubedirector.hpe.com",
        "kind": "KubeDirectorStatusBackup",
        "version": "v1beta1"
      }
    ]
  },
  "com.hpe.kubedirector.v1beta1.MemberBackup": {
    "description": "MemberBackup says what a member was told of a backup that freezes it.",
    "type": "object",
    "required": [
      "uid",
      "state"
    ],
    "properties": {
      "uid": {
        "description": "The metadata.uid of the KubeDirectorBackup.",
        "type": "string"
      },
      "state": {
        "description": "Freezing until startscript --backup begin has ended, Frozen or Failed then, and Thawing until --backup end has.",
        "type": "string",
        "enum": [
          "Freezing",
          "Frozen",
          "Failed",
          "Thawing"
        ]
      },
      "message": {
        "description": "Why the member could not be frozen.",
        "type": "string"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.MemberRestart": {
    "description": "MemberRestart asks for the restart of one member.",
    "type": "object",
    "required": [
      "pod",
      "restartedAt"
    ],
    "properties": {
      "pod": {
        "description": "Name of the member's pod.",
        "type": "string",
        "minLength": 1,
        "maxLength": 253
      },
      "restartedAt": {
        "description": "When the restart was asked for. A pod that was made before is restarted, in the way that updateStrategy says. Another time asks again.",
        "type": "string",
        "format": "date-time"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.MemberRestartStatus": {
    "description": "MemberRestartStatus says how far the restart of one member is.",
    "type": "object",
    "required": [
      "restartedAt"
    ],
    "properties": {
      "restartedAt": {
        "description": "When it was asked for.",
        "type": "string",
        "format": "date-time"
      },
      "podUID": {
        "description": "The pod that is to go. Absent once it has gone.",
        "type": "string"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.MemberState": {
    "description": "MemberState is where in its life a member is.",
    "type": "string",
    "enum": [
      "create pending",
      "creating",
      "configured",
      "delete pending",
      "deleting",
      "config error",
      "suspended"
    ]
  },
  "com.hpe.kubedirector.v1beta1.MemberStateDetail": {
    "description": "MemberStateDetail says how the set-up of a member goes.",
    "type": "object",
    "properties": {
      "lastKnownContainerState": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.ContainerState"
          }
        ],
        "description": "What the container was last seen to do."
      },
      "configuringContainer": {
        "description": "ID of the container that is being set up.",
        "type": "string"
      },
      "lastConfiguredContainer": {
        "description": "ID of the container that was set up last.",
        "type": "string"
      },
      "lastConfigDataGeneration": {
        "description": "The specGenerationToProcess of the configmeta.json in the member.",
        "type": "integer",
        "format": "int64"
      },
      "lastSetupGeneration": {
        "description": "The specGenerationToProcess with which the member was set up.",
        "type": "integer",
        "format": "int64"
      },
      "lastConnectionVersion": {
        "description": "Counts the changes of connected objects that the member was told of.",
        "type": "integer",
        "format": "int64"
      },
      "pendingNotifyCmds": {
        "description": "What the member's setup package has still to be told, in order.",
        "type": "array",
        "items": {
          "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.NotifyCommand"
        },
        "x-kubernetes-list-type": "atomic"
      },
      "notifyCmdsDelivered": {
        "description": "How many commands the member's setup package has been told in the member's life.",
        "type": "integer",
        "format": "int64"
      },
      "notifyErrorMessage": {
        "description": "Why the member's setup package has not taken the first of pendingNotifyCmds; it is tried again.",
        "type": "string"
      },
      "notifyGivenUp": {
        "description": "The last command that the member's setup package was told in vain until it was given up, and what it said. Gone once the package has taken a later command, or the member is set up anew, or its notifications are skipped.",
        "type": "string"
      },
      "backup": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.MemberBackup"
          }
        ],
        "description": "What the member was told of a backup that freezes it. Gone once it has been told of the end."
      },
      "upgradeErrorMessage": {
        "description": "Why the member's setup package did not take an event of an upgrade that it names. The upgrade stops there.",
        "type": "string"
      },
      "healthyContainer": {
        "description": "ID of the container whose last health check succeeded. Absent for roles without health checks.",
        "type": "string"
      },
      "healthErrorMessage": {
        "description": "What the member's last health check has found wrong.",
        "type": "string"
      },
      "setupProgress": {
        "description": "What a set-up that takes long is busy with, or what set it back.",
        "type": "string"
      },
      "configErrorDetail": {
        "description": "Why the set-up failed.",
        "type": "string"
      },
      "schedulingErrorMessage": {
        "description": "Why the pod finds no node.",
        "type": "string"
      },
      "podErrorMessage": {
        "description": "Why the pod cannot be made, does not start or does not stay up, as far as Kubernetes says.",
        "type": "string"
      },
      "outdatedPod": {
        "description": "UID of the member's pod, where an earlier cluster of the same name made it in another way than the spec asks for. It runs on until somebody deletes it.",
        "type": "string"
      },
      "storageInitProgress": {
        "description": "How far the filling of the member's storage is.",
        "type": "string"
      },
      "startScriptStdoutMessage": {
        "description": "End of the setup package's standard output; on failure only.",
        "type": "string"
      },
      "startScriptStderrMessage": {
        "description": "End of the setup package's standard error; on failure only.",
        "type": "string"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.MemberStateRollup": {
    "description": "MemberStateRollup says what any of the members suffers from.",
    "type": "object",
    "required": [
      "membershipChanging",
      "membersDown",
      "membersInitializing",
      "membersWaiting",
      "membersRestarting",
      "configErrors",
      "membersNotScheduled"
    ],
    "properties": {
      "membershipChanging": {
        "description": "Whether members join or leave.",
        "type": "boolean"
      },
      "membersDown": {
        "description": "Whether the container of a member is terminated or absent or does not answer - or a member's health check has failed.",
        "type": "boolean"
      },
      "membersInitializing": {
        "description": "Whether the storage of a member is being filled.",
        "type": "boolean"
      },
      "membersWaiting": {
        "description": "Whether the container of a member waits to start.",
        "type": "boolean"
      },
      "membersRestarting": {
        "description": "Whether a member that was configured before is being set up again.",
        "type": "boolean"
      },
      "configErrors": {
        "description": "Whether the setup of a member failed.",
        "type": "boolean"
      },
      "membersNotScheduled": {
        "description": "Whether the pod of a member finds no node.",
        "type": "boolean"
      },
      "membersUpgrading": {
        "description": "Whether a member is being set up with the next app.",
        "type": "boolean"
      },
      "membersRollingBack": {
        "description": "Whether a member is being set up with the app before again.",
        "type": "boolean"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.MemberStatus": {
    "description": "MemberStatus is one member.",
    "type": "object",
    "required": [
      "pod",
      "service",
      "nodeID",
      "state",
      "stateDetail"
    ],
    "properties": {
      "pod": {
        "description": "Name of the member's pod.",
        "type": "string"
      },
      "service": {
        "description": "Name of the member's Service; \"n/a\" where the role offers none.",
        "type": "string"
      },
      "external": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.ExternalAccess"
          }
        ],
        "description": "Where the member's Service answers from outside the cluster. Absent if it does not."
      },
      "pvc": {
        "description": "Name of the PersistentVolumeClaim of the member's storage.",
        "type": "string"
      },
      "blockDevicePaths": {
        "description": "Paths of the member's block devices.",
        "type": "array",
        "items": {
          "type": "string"
        },
        "x-kubernetes-list-type": "atomic"
      },
      "authToken": {
        "description": "What callers of the member's services must show.",
        "type": "string"
      },
      "authTokenRenewedAt": {
        "description": "The spec's authTokensRenewedAt that the token was made for. Absent for one from before.",
        "type": "string",
        "format": "date-time"
      },
      "restarts": {
        "description": "How often the container of the member's pod was restarted. Absent while there is none.",
        "type": "integer",
        "format": "int32"
      },
      "resources": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.AllocatedResources"
          }
        ],
        "description": "Cpu and memory that the member's container has, as its node says. Absent where the node says nothing."
      },
      "nodeID": {
        "description": "Identifies the member over the cluster's life.",
        "type": "integer",
        "format": "int64"
      },
      "revision": {
        "description": "Which revision of the role the member's pod was made of. Absent while there is no pod.",
        "type": "string"
      },
      "restart": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.MemberRestartStatus"
          }
        ],
        "description": "The last restart of this member alone that was asked for. Absent where none was."
      },
      "upgradeStatus": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.UpgradeStatus"
          }
        ],
        "description": "How far the member is in an upgrade of the app. Absent for a member that has not moved."
      },
      "state": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.MemberState"
          }
        ],
        "description": "Where in its life the member is."
      },
      "ready": {
        "description": "Whether the member is in service - configured with its container running; healthy and ready as health checks and probes of the role say.",
        "type": "boolean"
      },
      "stateDetail": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.MemberStateDetail"
          }
        ],
        "description": "How its set-up goes."
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.MinStorage": {
    "description": "MinStorage is the least persistent storage that a member needs.",
    "type": "object",
    "required": [
      "size"
    ],
    "properties": {
      "size": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity"
          }
        ],
        "description": "The smallest size of a member's volume."
      },
      "ephemeralModeSupported": {
        "description": "Whether a member also works without any persistent storage.",
        "type": "boolean"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.NodePort": {
    "description": "NodePort is a port of every node that leads to a port of a Service.",
    "type": "object",
    "required": [
      "port",
      "nodePort"
    ],
    "properties": {
      "port": {
        "description": "The port of the Service.",
        "type": "integer",
        "format": "int32"
      },
      "nodePort": {
        "description": "The port of the nodes.",
        "type": "integer",
        "format": "int32"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.NotifyCommand": {
    "description": "NotifyCommand is one call of a member's setup package.",
    "type": "object",
    "properties": {
      "arguments": {
        "description": "Arguments of startscript.",
        "type": "array",
        "items": {
          "type": "string"
        },
        "x-kubernetes-list-type": "atomic"
      },
      "pods": {
        "description": "The pods that the command is about, where they are too many to be listed in arguments, as in set-{3..9,12}. startscript gets their FQDNs as its last argument.",
        "type": "string"
      },
      "startedAt": {
        "description": "When the command was tried first. Absent while it waits for others before it.",
        "type": "string",
        "format": "date-time"
      },
      "failures": {
        "description": "How often in a row the command has failed, as far as known.",
        "type": "integer",
        "format": "int32"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.PersistDir": {
    "description": "PersistDir is an absolute path without trailing slash.",
    "type": "string",
    "pattern": "^/.*[^/]$"
  },
  "com.hpe.kubedirector.v1beta1.PlannedChange": {
    "description": "PlannedChange is one thing that an update of a cluster would do to members.",
    "type": "object",
    "required": [
      "class",
      "action",
      "count",
      "members",
      "fields",
      "message"
    ],
    "properties": {
      "role": {
        "description": "The role's ID in the app. Absent for what concerns the whole cluster.",
        "type": "string"
      },
      "class": {
        "description": "live - at once; inPlace - without a restart; rolling - members are restarted as updateStrategy says; refused - the update would not be accepted.",
        "type": "string",
        "enum": [
          "live",
          "inPlace",
          "rolling",
          "refused"
        ]
      },
      "action": {
        "description": "What happens to the members. Upgrade - they move to another app; Revert - those that have moved go back to the app before; Remake - members of which none ever ran are made anew; Grow - their volumes become larger; Resize - they get other cpu and memory, by a restart where their nodes can't do otherwise; None - nothing.",
        "type": "string",
        "enum": [
          "Upgrade",
          "Revert",
          "Join",
          "Leave",
          "Remake",
          "Grow",
          "Resize",
          "Restart",
          "Stop",
          "Start",
          "None"
        ]
      },
      "count": {
        "description": "How many members.",
        "type": "integer",
        "format": "int32"
      },
      "members": {
        "description": "Names of the members' pods, in the order in which they are restarted. Those that join have no names yet.",
        "type": "array",
        "items": {
          "type": "string"
        },
        "x-kubernetes-list-type": "atomic"
      },
      "fields": {
        "description": "The changed fields that are the reason, of the role or of the cluster; of a refused change, the path of the field.",
        "type": "array",
        "items": {
          "type": "string"
        },
        "x-kubernetes-list-type": "atomic"
      },
      "message": {
        "description": "The same in words. Updates are answered with them as warnings.",
        "type": "string"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.ResourceLimits": {
    "description": "ResourceLimits are quantities by resource name. memory and cpu must be there.",
    "type": "object",
    "required": [
      "memory",
      "cpu"
    ],
    "properties": {
      "memory": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity"
          }
        ],
        "description": "Bytes."
      },
      "cpu": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity"
          }
        ],
        "description": "Cores."
      }
    },
    "additionalProperties": {
      "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity"
    }
  },
  "com.hpe.kubedirector.v1beta1.RestartOptions": {
    "description": "RestartOptions is sent to the restart subresource of a KubeDirectorCluster or a KubeDirectorRole, which sets restartedAt to the present time, or memberRestarts for single members. It may be left out.",
    "type": "object",
    "properties": {
      "apiVersion": {
        "type": "string",
        "description": "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources"
      },
      "kind": {
        "type": "string",
        "description": "Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds"
      },
      "metadata": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
          }
        ],
        "description": "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata"
      },
      "roles": {
        "description": "IDs of the roles whose members are restarted. Those of all roles if neither these nor members are named. Not for a KubeDirectorRole.",
        "type": "array",
        "maxItems": 100,
        "items": {
          "type": "string",
          "minLength": 1,
          "maxLength": 63
        },
        "x-kubernetes-list-type": "set"
      },
      "members": {
        "description": "Names of the pods of single members that are restarted.",
        "type": "array",
        "maxItems": 1000,
        "items": {
          "type": "string",
          "minLength": 1,
          "maxLength": 253
        },
        "x-kubernetes-list-type": "set"
      }
    },
    "x-kubernetes-group-version-kind": [
      {
        "group": "kubedirector.hpe.com",
        "kind": "RestartOptions",
        "version": "v1beta1"
      }
    ]
  },
  "com.hpe.kubedirector.v1beta1.RestoreFrom": {
    "description": "RestoreFrom names what the volumes of a new cluster are made of. Members that the backup does not have begin with empty volumes.",
    "type": "object",
    "required": [
      "backup"
    ],
    "properties": {
      "backup": {
        "description": "Name of a KubeDirectorBackup of the same namespace, be it of this or of another cluster, whose app has the same distroID. Only users who may get it can name it.",
        "type": "string",
        "minLength": 1
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.RestoreProgress": {
    "description": "RestoreProgress says what a cluster that is being restored from a backup waits for.",
    "type": "object",
    "properties": {
      "awaitingApp": {
        "description": "Whether the app does not exist yet.",
        "type": "boolean"
      },
      "awaitingStatus": {
        "description": "Whether the KubeDirectorStatusBackup does not exist yet.",
        "type": "boolean"
      },
      "awaitingResources": {
        "description": "Whether an object that the status names does not exist yet.",
        "type": "boolean"
      },
      "error": {
        "description": "Why the restoration can't go on.",
        "type": "string"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.RestoredFrom": {
    "description": "RestoredFrom says how far the volumes of a cluster are that are made of a backup.",
    "type": "object",
    "required": [
      "backup",
      "uid"
    ],
    "properties": {
      "backup": {
        "description": "Name of the KubeDirectorBackup.",
        "type": "string"
      },
      "uid": {
        "description": "The metadata.uid of the KubeDirectorBackup.",
        "type": "string"
      },
      "completedAt": {
        "description": "When all members had been set up on their restored volumes. Absent until then.",
        "type": "string",
        "format": "date-time"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.ResumeOptions": {
    "description": "ResumeOptions is sent to a KubeDirectorCluster's resume subresource, which takes spec.suspend back. It may be left out.",
    "type": "object",
    "properties": {
      "apiVersion": {
        "type": "string",
        "description": "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources"
      },
      "kind": {
        "type": "string",
        "description": "Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds"
      },
      "metadata": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
          }
        ],
        "description": "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata"
      }
    },
    "x-kubernetes-group-version-kind": [
      {
        "group": "kubedirector.hpe.com",
        "kind": "ResumeOptions",
        "version": "v1beta1"
      }
    ]
  },
  "com.hpe.kubedirector.v1beta1.RoleBeforeUpdate": {
    "description": "RoleBeforeUpdate is what a role said before an update of what restarts its members.",
    "type": "object",
    "required": [
      "id"
    ],
    "properties": {
      "id": {
        "description": "One of the spec's roles.",
        "type": "string"
      },
      "fields": {
        "description": "Fields of the role with their values. Those that are absent here were absent in the role.",
        "type": "object",
        "additionalProperties": {
          "x-kubernetes-preserve-unknown-fields": true
        }
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.RoleDisruptionBudget": {
    "description": "RoleDisruptionBudget says how many members of a role may be out of service at a time because of voluntary disruptions. Exactly one of its fields must be given. A member that is not in service is not protected, and counts as out of service.",
    "type": "object",
    "properties": {
      "maxUnavailable": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.util.intstr.IntOrString"
          }
        ],
        "description": "How many members may be out of service - a number, or a percentage of the role's members, rounded up. With 0 neither a drain nor an update can restart a member that works."
      },
      "minAvailable": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.util.intstr.IntOrString"
          }
        ],
        "description": "How many members must stay in service - a number, or a percentage of the role's members, rounded up."
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.RoleResources": {
    "description": "RoleResources are the compute resources of each member, extended resources included.",
    "type": "object",
    "required": [
      "limits"
    ],
    "properties": {
      "limits": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.ResourceLimits"
          }
        ],
        "description": "The most that a member may use."
      },
      "requests": {
        "description": "What a member is sure to get. Kubernetes takes the limits where absent.",
        "type": "object",
        "additionalProperties": {
          "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity"
        }
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.RoleServices": {
    "description": "RoleServices are the services that run on one role's members.",
    "type": "object",
    "required": [
      "roleID",
      "serviceIDs"
    ],
    "properties": {
      "roleID": {
        "description": "One of the app's roles.",
        "type": "string",
        "minLength": 1
      },
      "serviceIDs": {
        "description": "Some of the app's services.",
        "type": "array",
        "maxItems": 500,
        "items": {
          "type": "string",
          "minLength": 1
        },
        "x-kubernetes-list-type": "atomic"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.RoleSetup": {
    "description": "RoleSetup says how members of a role are set up.",
    "type": "object",
    "properties": {
      "ordered": {
        "description": "Whether members are set up one after the other, by ordinals. The first set-up of a member waits until all members before it are in service. By default they are set up side by side.",
        "type": "boolean"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.RoleState": {
    "description": "RoleState is the state of a role - \"spec modified\" while a changed number of members waits to be taken in, creating and updating while members join or leave, \"config error\" where the setup of a member failed, down where a configured member is not in service, suspended where members are stopped, configured where nothing is wrong.",
    "type": "string",
    "enum": [
      "creating",
      "updating",
      "configured",
      "spec modified",
      "config error",
      "down",
      "suspended"
    ]
  },
  "com.hpe.kubedirector.v1beta1.RoleStatus": {
    "description": "RoleStatus is a role that has members.",
    "type": "object",
    "required": [
      "id",
      "statefulSet",
      "members"
    ],
    "properties": {
      "id": {
        "description": "One of the spec's roles.",
        "type": "string"
      },
      "statefulSet": {
        "description": "Name of the role's StatefulSet.",
        "type": "string"
      },
      "replicas": {
        "description": "Members that are to stay.",
        "type": "integer",
        "format": "int32"
      },
      "updatedReplicas": {
        "description": "Members that run what the spec and the app say now - updateRevision.",
        "type": "integer",
        "format": "int32"
      },
      "readyReplicas": {
        "description": "Members that are in service.",
        "type": "integer",
        "format": "int32"
      },
      "currentRevision": {
        "description": "Revision that all members had when the last update was complete.",
        "type": "string"
      },
      "updateRevision": {
        "description": "Revision of what the spec and the app say now that members are to run.",
        "type": "string"
      },
      "appRevision": {
        "description": "Fingerprint of what the members took from the app when no upgrade went on.",
        "type": "string"
      },
      "roleUpgradeStatus": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.UpgradeStatus"
          }
        ],
        "description": "How far the role is in an upgrade of the app. Absent for a role that has not moved."
      },
      "members": {
        "description": "The role's members by ordinal, those that come and go included.",
        "type": "array",
        "items": {
          "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.MemberStatus"
        },
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": [
          "nodeID"
        ],
        "x-kubernetes-patch-strategy": "merge",
        "x-kubernetes-patch-merge-key": "nodeID"
      },
      "conditions": {
        "description": "Ready (every member wished for is configured), Progressing and Degraded, of this role alone.",
        "type": "array",
        "items": {
          "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.Condition"
        },
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": [
          "type"
        ],
        "x-kubernetes-patch-strategy": "merge",
        "x-kubernetes-patch-merge-key": "type"
      },
      "encryptedSecretKeys": {
        "description": "The encrypted values of the role's secretKeys by name.",
        "type": "object",
        "additionalProperties": {
          "type": "string"
        }
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.RoleStorage": {
    "description": "RoleStorage asks for a volume for each member.",
    "type": "object",
    "required": [
      "size"
    ],
    "properties": {
      "size": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity"
          }
        ],
        "description": "Size of each member's volume. While the role has members it can become larger, if the StorageClass allows expansion, but not smaller."
      },
      "storageClassName": {
        "description": "StorageClass of the volumes. The global configuration's if absent, else Kubernetes' default; the choice is stored.",
        "type": "string",
        "minLength": 1
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.RoleViewSpec": {
    "description": "RoleViewSpec is what a cluster's spec, and its app, say of a role.",
    "type": "object",
    "required": [
      "cluster",
      "role",
      "app",
      "replicas"
    ],
    "properties": {
      "cluster": {
        "description": "Name of the KubeDirectorCluster.",
        "type": "string"
      },
      "role": {
        "description": "The role's ID in the app.",
        "type": "string"
      },
      "app": {
        "description": "Name of the KubeDirectorApp.",
        "type": "string"
      },
      "cardinality": {
        "description": "How many members the app allows.",
        "type": "string"
      },
      "replicas": {
        "description": "Members wished for.",
        "type": "integer",
        "format": "int32"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.RoleViewStatus": {
    "description": "RoleViewStatus is what a cluster's status says of a role.",
    "type": "object",
    "required": [
      "replicas",
      "configuredReplicas",
      "selector"
    ],
    "properties": {
      "replicas": {
        "description": "Members that exist.",
        "type": "integer",
        "format": "int32"
      },
      "configuredReplicas": {
        "description": "Members that are configured.",
        "type": "integer",
        "format": "int32"
      },
      "updatedReplicas": {
        "description": "Members that run what the spec says now.",
        "type": "integer",
        "format": "int32"
      },
      "readyReplicas": {
        "description": "Members that are in service.",
        "type": "integer",
        "format": "int32"
      },
      "currentRevision": {
        "description": "Revision that all members had when the last update was complete.",
        "type": "string"
      },
      "updateRevision": {
        "description": "Revision of what the spec says now.",
        "type": "string"
      },
      "selector": {
        "description": "Label selector of the role's pods.",
        "type": "string"
      },
      "state": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.RoleState"
          }
        ],
        "description": "State of the role."
      },
      "conditions": {
        "description": "Ready (every member wished for is configured), Progressing (members join, leave, are being set up or updated) and Degraded (a member is down, its setup or its update failed, it refuses notifications, or its pod is outdated).",
        "type": "array",
        "items": {
          "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.Condition"
        },
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": [
          "type"
        ],
        "x-kubernetes-patch-strategy": "merge",
        "x-kubernetes-patch-merge-key": "type"
      },
      "statefulSet": {
        "description": "Name of the role's StatefulSet.",
        "type": "string"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.SecretKey": {
    "description": "SecretKey is a confidential value that only setup packages get to see. It is never returned in clear.",
    "type": "object",
    "required": [
      "name"
    ],
    "properties": {
      "name": {
        "description": "What setup packages know it by.",
        "type": "string",
        "minLength": 1
      },
      "value": {
        "description": "The value in clear. Write-only - it is encrypted into encryptedValue before it is stored.",
        "type": "string"
      },
      "encryptedValue": {
        "description": "The encrypted value. May be sent back unchanged; can't be made up.",
        "type": "string",
        "minLength": 1
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.SecretMount": {
    "description": "SecretMount puts a Secret's content into the members' file system.",
    "type": "object",
    "required": [
      "name",
      "mountPath"
    ],
    "properties": {
      "name": {
        "description": "Name of a Secret in the cluster's namespace.",
        "type": "string",
        "minLength": 1
      },
      "mountPath": {
        "description": "Absolute path in the member.",
        "type": "string",
        "pattern": "^/"
      },
      "defaultMode": {
        "description": "Mode of the files - decimal in JSON (420 is 0644).",
        "type": "integer",
        "format": "int32",
        "minimum": 0,
        "maximum": 511
      },
      "readOnly": {
        "description": "Whether the mount is read-only.",
        "type": "boolean"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.ServiceEndpoint": {
    "description": "ServiceEndpoint says where in a member a service listens.",
    "type": "object",
    "required": [
      "port"
    ],
    "properties": {
      "port": {
        "description": "TCP port in the member.",
        "type": "integer",
        "format": "int32",
        "minimum": 1,
        "maximum": 65535
      },
      "urlScheme": {
        "description": "Scheme of the service's URL, for example http. Becomes part of the port's name.",
        "type": "string",
        "minLength": 1,
        "maxLength": 15,
        "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
      },
      "path": {
        "description": "Path of the service's URL.",
        "type": "string"
      },
      "isDashboard": {
        "description": "Whether it is a user interface to be opened in a browser. Needs a urlScheme.",
        "type": "boolean"
      },
      "hasAuthToken": {
        "description": "Whether each member gets a random token of its own that callers of the service must show.",
        "type": "boolean"
      },
      "authTokenScheme": {
        "description": "The word before the token in the header Authorization of requests that pass through the proxy of endpoints: token, as Jupyter takes it (the default), or Bearer.",
        "type": "string",
        "enum": [
          "token",
          "Bearer"
        ]
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.ServiceLabel": {
    "description": "ServiceLabel is what people see of a service.",
    "type": "object",
    "required": [
      "name"
    ],
    "properties": {
      "name": {
        "description": "Short name for people.",
        "type": "string",
        "minLength": 1
      },
      "description": {
        "description": "A sentence or more on what it is.",
        "type": "string"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.SetupEvent": {
    "description": "SetupEvent is something a role's setup package is called for. A call for an event that the role names is repeated when it fails, for some minutes, but for suspend, which is called once; reconnect that is not named is called once. suspend is called before the member's pod goes because the cluster is stopped, restarted when the member is back. backup is called with begin before snapshots of the member's volumes are taken, and with end after it, restore when a member has been set up on volumes made of a backup; where they are not named, they are called once and may fail. pod_upgraded, role_upgraded and cluster_upgraded are called while a cluster moves to another app, and pod_reverted, role_reverted and cluster_reverted on the way back; those that the role does not name are called once. healthcheck is called again and again, every 30 seconds if the role's healthcheck says nothing else, only where it is named - with another exit status than 0 the member is not in service.",
    "type": "string",
    "enum": [
      "configure",
      "addnodes",
      "delnodes",
      "reconnect",
      "restarted",
      "suspend",
      "backup",
      "restore",
      "pod_upgraded",
      "role_upgraded",
      "cluster_upgraded",
      "pod_reverted",
      "role_reverted",
      "cluster_reverted",
      "healthcheck"
    ]
  },
  "com.hpe.kubedirector.v1beta1.StatusBackupSpec": {
    "description": "StatusBackupSpec holds a copy of a cluster's status.",
    "type": "object",
    "properties": {
      "statusBackup": {
        "allOf": [
          {
            "$ref": "#/components/schemas/com.hpe.kubedirector.v1beta1.ClusterStatus"
          }
        ],
        "description": "The cluster's status."
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.SuspendOptions": {
    "description": "SuspendOptions is sent to a KubeDirectorCluster's suspend subresource, which sets spec.suspend. It may be left out.",
    "type": "object",
    "properties": {
      "apiVersion": {
        "type": "string",
        "description": "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources"
      },
      "kind": {
        "type": "string",
        "description": "Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds"
      },
      "metadata": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
          }
        ],
        "description": "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata"
      }
    },
    "x-kubernetes-group-version-kind": [
      {
        "group": "kubedirector.hpe.com",
        "kind": "SuspendOptions",
        "version": "v1beta1"
      }
    ]
  },
  "com.hpe.kubedirector.v1beta1.UpdateStrategy": {
    "description": "UpdateStrategy says how changes reach members that run.",
    "type": "object",
    "properties": {
      "type": {
        "description": "RollingUpdate (the default) restarts the members that are out of date, one after the other. OnDelete restarts none; a member gets the change when somebody deletes its pod.",
        "type": "string",
        "enum": [
          "RollingUpdate",
          "OnDelete"
        ]
      },
      "maxUnavailable": {
        "allOf": [
          {
            "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.util.intstr.IntOrString"
          }
        ],
        "description": "How many members of a role may be out of service during an update - a number, or a percentage of the role's members, rounded up. At least 1, which is the default. Members that are out of service for other reasons count."
      },
      "paused": {
        "description": "Whether no further member is restarted. Those that are being restarted are set up.",
        "type": "boolean"
      },
      "autoRevert": {
        "description": "Whether a change is taken back when a member does not work with it. The controller then writes app and the changed fields of the roles as they were before the update. It does so once for a change, and not while the update is paused. An app that was edited in place stays as it is. False if absent.",
        "type": "boolean"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.UpgradeInfo": {
    "description": "UpgradeInfo is the way of a cluster from one app, or one state of an app, to the next.",
    "type": "object",
    "properties": {
      "prevApp": {
        "description": "Name of the app that the members come from.",
        "type": "string"
      },
      "nextApp": {
        "description": "Name of the app that the members go to - also while they go back.",
        "type": "string"
      },
      "isRollingBack": {
        "description": "Whether the members that have moved go back to prevApp.",
        "type": "boolean"
      },
      "startedAt": {
        "description": "When the upgrade began.",
        "type": "string",
        "format": "date-time"
      }
    }
  },
  "com.hpe.kubedirector.v1beta1.UpgradeStatus": {
    "description": "UpgradeStatus is how far a member, or a role, is in an upgrade of the app.",
    "type": "string",
    "enum": [
      "upgrading",
      "upgraded",
      "rollingBack",
      "rolledBack"
    ]
  },
  "com.hpe.kubedirector.v1beta1.VolumeProjection": {
    "description": "VolumeProjection mounts a PersistentVolumeClaim in all members of a role.",
    "type": "object",
    "required": [
      "pvcName",
      "mountPath"
    ],
    "properties": {
      "pvcName": {
        "description": "Name of a PersistentVolumeClaim in the cluster's namespace.",
        "type": "string",
        "minLength": 1
      },
      "mountPath": {
        "description": "Absolute path in the member.",
        "type": "string",
        "minLength": 2,
        "pattern": "^/"
      },
      "readOnly": {
        "description": "Whether the mount is read-only.",
        "type": "boolean"
      }
    }
  }
};

/** How each kind is served. */
export const kubedirectorResources = {
  "KubeDirectorApp": {
    "plural": "kubedirectorapps",
    "singular": "kubedirectorapp",
    "shortNames": [
      "kdapp",
      "kdapps"
    ],
    "categories": [
      "kubedirector"
    ],
    "columns": [
      {
        "name": "App Name",
        "path": ".spec.label.name",
        "description": "Human-readable name of the app."
      },
      {
        "name": "Distro ID",
        "path": ".spec.distroID",
        "description": "Identifies a series of versions of one app."
      },
      {
        "name": "Version",
        "path": ".spec.version",
        "description": "Release within the distro ID."
      },
      {
        "name": "Roles",
        "computed": "roles",
        "priority": 1,
        "description": "The app's roles with their cardinalities."
      },
      {
        "name": "Age",
        "path": ".metadata.creationTimestamp",
        "type": "date",
        "description": "Time since the app was created."
      }
    ],
    "selectableFields": [
      "spec.distroID",
      "spec.version"
    ]
  },
  "KubeDirectorBackup": {
    "plural": "kubedirectorbackups",
    "singular": "kubedirectorbackup",
    "shortNames": [
      "kdbackup",
      "kdbackups"
    ],
    "categories": [
      "kubedirector"
    ],
    "columns": [
      {
        "name": "Cluster",
        "path": ".spec.cluster",
        "description": "Name of the KubeDirectorCluster."
      },
      {
        "name": "Phase",
        "path": ".status.phase",
        "description": "How far the backup is."
      },
      {
        "name": "Size",
        "path": ".status.size",
        "description": "Sum of the sizes that the volumes need when they are restored."
      },
      {
        "name": "Schedule",
        "path": ".spec.schedule",
        "description": "When backups are made."
      },
      {
        "name": "Last",
        "path": ".status.lastSuccessfulTime",
        "type": "date",
        "description": "Time since the last backup of the schedule that succeeded was due."
      },
      {
        "name": "App",
        "path": ".status.app.name",
        "priority": 1,
        "description": "App of the cluster."
      },
      {
        "name": "Message",
        "path": ".status.message",
        "priority": 1,
        "description": "What the backup waits for or why it failed."
      },
      {
        "name": "Age",
        "path": ".metadata.creationTimestamp",
        "type": "date",
        "description": "Time since the backup was created."
      }
    ],
    "selectableFields": [
      "spec.cluster",
      "status.phase"
    ]
  },
  "KubeDirectorCluster": {
    "plural": "kubedirectorclusters",
    "singular": "kubedirectorcluster",
    "shortNames": [
      "kdcluster",
      "kdclusters"
    ],
    "categories": [
      "kubedirector"
    ],
    "columns": [
      {
        "name": "KDApp",
        "path": ".spec.app",
        "description": "Name of the KubeDirectorApp that this cluster is an instance of."
      },
      {
        "name": "State",
        "path": ".status.state",
        "description": "Overall state of the cluster."
      },
      {
        "name": "Ready",
        "computed": "ready",
        "description": "Members that are configured of those wished for."
      },
      {
        "name": "Any Down",
        "path": ".status.memberStateRollup.membersDown",
        "description": "Whether the container of any member is down."
      },
      {
        "name": "Any ConfigError",
        "path": ".status.memberStateRollup.configErrors",
        "description": "Whether the setup of any member failed."
      },
      {
        "name": "Catalog",
        "path": ".spec.appCatalog",
        "priority": 1,
        "description": "Whether the app is of the cluster's namespace (local) or of the system's."
      },
      {
        "name": "Service Type",
        "path": ".spec.serviceType",
        "priority": 1,
        "description": "Type of the members' Services."
      },
      {
        "name": "Message",
        "computed": "message",
        "priority": 1,
        "description": "Why the cluster is not ready."
      },
      {
        "name": "Age",
        "path": ".metadata.creationTimestamp",
        "type": "date",
        "description": "Time since the cluster was created."
      }
    ],
    "selectableFields": [
      "spec.app",
      "spec.appCatalog",
      "status.state",
      "status.app",
      "status.upgradeInfo.nextApp"
    ]
  },
  "KubeDirectorConfig": {
    "plural": "kubedirectorconfigs",
    "singular": "kubedirectorconfig",
    "shortNames": [
      "kdconfig",
      "kdconfigs"
    ],
    "categories": [
      "kubedirector"
    ],
    "columns": [
      {
        "name": "Service Type",
        "path": ".spec.defaultServiceType",
        "description": "Type of the members' Services where a cluster names none."
      },
      {
        "name": "Naming Scheme",
        "path": ".spec.defaultNamingScheme",
        "description": "How native objects are named where a cluster does not say."
      },
      {
        "name": "Storage Class",
        "path": ".spec.defaultStorageClassName",
        "description": "StorageClass where a cluster names none."
      },
      {
        "name": "Backup",
        "path": ".spec.backupClusterStatus",
        "type": "boolean",
        "priority": 1,
        "description": "Whether clusters' status is copied into KubeDirectorStatusBackups."
      },
      {
        "name": "Age",
        "path": ".metadata.creationTimestamp",
        "type": "date",
        "description": "Time since the configuration was created."
      }
    ],
    "selectableFields": []
  },
  "KubeDirectorEndpoint": {
    "plural": "kubedirectorendpoints",
    "singular": "kubedirectorendpoint",
    "shortNames": [
      "kdendpoint",
      "kdendpoints"
    ],
    "categories": [
      "kubedirector"
    ],
    "columns": [
      {
        "name": "Cluster",
        "path": ".spec.cluster",
        "description": "The cluster that the member is of."
      },
      {
        "name": "Role",
        "path": ".spec.role",
        "description": "The member's role."
      },
      {
        "name": "Member",
        "path": ".spec.member",
        "description": "Name of the member's pod."
      },
      {
        "name": "Service",
        "path": ".spec.service",
        "description": "The service's ID in the app."
      },
      {
        "name": "URL",
        "path": ".status.url",
        "description": "Where it can be reached from inside the Kubernetes cluster."
      },
      {
        "name": "External",
        "computed": "external",
        "priority": 1,
        "description": "Where it can be reached from outside."
      },
      {
        "name": "Dashboard",
        "path": ".spec.isDashboard",
        "type": "boolean",
        "description": "Whether it is to be opened in a browser."
      },
      {
        "name": "Ready",
        "path": ".status.ready",
        "type": "boolean",
        "description": "Whether the member is in service."
      },
      {
        "name": "Age",
        "path": ".metadata.creationTimestamp",
        "type": "date",
        "description": "Time since the cluster was created."
      }
    ],
    "selectableFields": [
      "spec.cluster",
      "spec.role",
      "spec.member",
      "spec.service"
    ]
  },
  "KubeDirectorRole": {
    "plural": "kubedirectorroles",
    "singular": "kubedirectorrole",
    "shortNames": [
      "kdrole",
      "kdroles"
    ],
    "categories": [
      "kubedirector"
    ],
    "columns": [
      {
        "name": "Cluster",
        "path": ".spec.cluster",
        "description": "The cluster that the role is of."
      },
      {
        "name": "Role",
        "path": ".spec.role",
        "description": "The role's ID in the app."
      },
      {
        "name": "Desired",
        "path": ".spec.replicas",
        "type": "integer",
        "description": "Members wished for."
      },
      {
        "name": "Current",
        "path": ".status.replicas",
        "type": "integer",
        "description": "Members that exist."
      },
      {
        "name": "Configured",
        "path": ".status.configuredReplicas",
        "type": "integer",
        "description": "Members that are configured."
      },
      {
        "name": "Updated",
        "path": ".status.updatedReplicas",
        "type": "integer",
        "description": "Members that run what the spec says now."
      },
      {
        "name": "Ready",
        "computed": "roleReady",
        "description": "Members that are in service of those wished for."
      },
      {
        "name": "State",
        "path": ".status.state",
        "description": "State of the role."
      },
      {
        "name": "Cardinality",
        "path": ".spec.cardinality",
        "priority": 1,
        "description": "How many members the app allows."
      },
      {
        "name": "StatefulSet",
        "path": ".status.statefulSet",
        "priority": 1,
        "description": "Name of the role's StatefulSet."
      },
      {
        "name": "Age",
        "path": ".metadata.creationTimestamp",
        "type": "date",
        "description": "Time since the cluster was created."
      }
    ],
    "selectableFields": [
      "spec.cluster",
      "spec.role",
      "spec.app"
    ]
  },
  "KubeDirectorStatusBackup": {
    "plural": "kubedirectorstatusbackups",
    "singular": "kubedirectorstatusbackup",
    "shortNames": [
      "kdstatusbackup",
      "kdstatusbackups"
    ],
    "categories": [
      "kubedirector"
    ],
    "columns": [
      {
        "name": "State",
        "path": ".spec.statusBackup.state",
        "description": "State of the cluster when it was copied."
      },
      {
        "name": "Age",
        "path": ".metadata.creationTimestamp",
        "type": "date",
        "description": "Time since the backup was created."
      }
    ],
    "selectableFields": []
  }
} satisfies Readonly<Record<string, ResourceNames>>;
