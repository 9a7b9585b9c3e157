. /tmp/rv/env.sh
TB='Accept: application/json;as=Table;v=v1;g=meta.k8s.io,application/json'
PM='Accept: application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json'
cut3(){ cut -c1-420; }
for t in p l; do echo "== $t"
ev(){ jq -c '[.type,(.object|[.kind,.metadata.name,(.metadata.annotations//{}|keys),(.metadata.resourceVersion|type),(.columnDefinitions|length),(.rows//[]|map([(.cells|length),.object.kind,.object.metadata.name,(.object.metadata.annotations//{}|keys)])),.code,.reason,.message,.details.causes])]' 2>/dev/null | sed -E 's/resource version: [0-9]+ \([0-9]+\)/RV/' | cut3; }
RV=$(c $t "$L?limit=1" | jq -r .metadata.resourceVersion)
echo "-- bookmarks"; c $t "$L?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1&labelSelector=n+in+(1,2)" | ev
echo "-- no bookmark allow"; c $t "$L?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=1&labelSelector=n+in+(1,2)" | ev
echo "-- sie=false"; c $t "$L?watch=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&timeoutSeconds=1&labelSelector=n+in+(1,2)" | ev
echo "-- sie=false rv0"; c $t "$L?watch=1&sendInitialEvents=false&resourceVersion=0&resourceVersionMatch=NotOlderThan&timeoutSeconds=1&labelSelector=n+in+(1,2)" | ev
echo "-- sie rv=$RV"; c $t "$L?watch=1&sendInitialEvents=true&resourceVersion=$RV&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1&labelSelector=n+in+(1,2)" | ev
echo "-- sie exact"; c $t "$L?watch=1&sendInitialEvents=true&resourceVersion=$RV&resourceVersionMatch=Exact&allowWatchBookmarks=true&timeoutSeconds=1" | ev
echo "-- sie future"; c $t "$L?watch=1&sendInitialEvents=true&resourceVersion=99999999&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1" -w '%{http_code}' | cut3
echo "-- watch future"; c $t "$L?watch=1&resourceVersion=99999999&timeoutSeconds=1" -w '%{http_code}' | cut3
echo "-- rv=0"; c $t "$L?watch=1&resourceVersion=0&timeoutSeconds=1&labelSelector=n+in+(1,2)" | ev
echo "-- rv="; c $t "$L?watch=1&resourceVersion=&timeoutSeconds=1&labelSelector=n+in+(1,2)" | ev
echo "-- rv=1"; c $t "$L?watch=1&resourceVersion=1&timeoutSeconds=1&labelSelector=n+in+(1,2)" -w '%{http_code}' | cut3
echo "-- limit continue"; c $t "$L?watch=1&limit=1&timeoutSeconds=1&labelSelector=n+in+(1,2)" | ev;  c $t "$L?watch=1&continue=abc&timeoutSeconds=1&labelSelector=n+in+(1,2)" | ev
echo "-- table"; c $t "$L?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1&labelSelector=n+in+(1,2)" -H "$TB" | ev
for o in None Metadata Object Nope; do echo "-- table $o"; c $t "$L?watch=1&timeoutSeconds=1&labelSelector=n+in+(1,2)&includeObject=$o" -H "$TB" | ev; done
echo "-- partial"; c $t "$L?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1&labelSelector=n+in+(1,2)" -H "$PM" | ev
echo "-- yaml watch"; c $t "$L?watch=1&timeoutSeconds=1&labelSelector=n+in+(1)" -H "Accept: application/yaml" -D - | grep -vi 'audit\|date\|x-kube' | head -20 | cut3
echo "-- protobuf,json watch"; c $t "$L?watch=1&timeoutSeconds=1&labelSelector=n+in+(1)" -H "Accept: application/vnd.kubernetes.protobuf;stream=watch,application/json" -D - | grep -i '^content-type\|HTTP\|transf'
echo "-- json;stream=watch"; c $t "$L?watch=1&timeoutSeconds=1&labelSelector=n+in+(1)" -H "Accept: application/json;stream=watch" -D - -o /dev/null| grep -i '^content-type\|HTTP\|transf'
echo "-- http1"; c $t "$L?watch=1&timeoutSeconds=1&labelSelector=n+in+(1)" --http1.1 -D - -o /dev/null | grep -i '^content-type\|HTTP\|transf\|conn'
echo "-- gzip watch"; c $t "$L?watch=1&timeoutSeconds=1&labelSelector=n+in+(1)" -H 'Accept-Encoding: gzip' -D - -o /dev/null | grep -i '^content\|HTTP\|transf\|conn'
echo "-- legacy watch path"; c $t "$G/watch/namespaces/rv/kubedirectorapps?timeoutSeconds=1&labelSelector=n+in+(1)" -w '%{http_code}' | cut3
echo "-- single ns wide ev"; c $t "$G/namespaces/rv/kubedirectorapps/a1?watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Da2" | ev
echo "-- timeout 0, neg"; timeout 2 curl -s --cacert $t.ca --cert $t.crt --key $t.key "$(cat $t.url)$L?watch=1&timeoutSeconds=-5&labelSelector=n+in+(1)" -w '%{http_code}'| cut3
done
