== p
w.sh: line 7: c: command not found
-- bookmarks
w.sh: line 8: c: command not found
-- no bookmark allow
w.sh: line 9: c: command not found
-- sie=false
w.sh: line 10: c: command not found
-- sie=false rv0
w.sh: line 11: c: command not found
-- sie rv=
w.sh: line 12: c: command not found
-- sie exact
w.sh: line 13: c: command not found
-- sie future
w.sh: line 14: c: command not found
-- watch future
w.sh: line 15: c: command not found
-- rv=0
w.sh: line 16: c: command not found
-- rv=
w.sh: line 17: c: command not found
-- rv=1
w.sh: line 18: c: command not found
-- limit continue
w.sh: line 19: c: command not found
w.sh: line 19: c: command not found
-- table
w.sh: line 20: c: command not found
-- table None
w.sh: line 21: c: command not found
-- table Metadata
w.sh: line 21: c: command not found
-- table Object
w.sh: line 21: c: command not found
-- table Nope
w.sh: line 21: c: command not found
-- partial
w.sh: line 22: c: command not found
-- yaml watch
w.sh: line 23: c: command not found
-- protobuf,json watch
w.sh: line 24: c: command not found
-- json;stream=watch
w.sh: line 25: c: command not found
-- http1
w.sh: line 26: c: command not found
-- gzip watch
w.sh: line 27: c: command not found
-- legacy watch path
w.sh: line 28: c: command not found
-- single ns wide ev
w.sh: line 29: c: command not found
-- timeout 0, neg
cat: p.url: No such file or directory
000
