package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
)

var (
	output   sync.Mutex
	answered = bufio.NewReader(os.Stdin)
)

func write(line map[string]any) {
	text, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	output.Lock()
	defer output.Unlock()
	fmt.Println(string(text))
}

// step tells what was seen; each has a name of its own.
func step(name string, value any) { write(map[string]any{"step": name, "value": value}) }

// pause lets the test do something, such as starting the server again, and goes on after it.
func pause(what string) error {
	write(map[string]any{"pause": what})
	_, err := answered.ReadString('\n')
	return err
}

// told writes the group as GROUP, so that what is told of two groups can be compared.
func (t *target) told(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, t.Group, "GROUP"), t.Namespace, "NAMESPACE")
}
