// Command smoke holds one smoke conversation: smoke CONVERSATION FLAVOUR. See clients/smoke/README.md.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	pointsman "github.com/pointsman/pointsman/clients/go"
	v1 "github.com/pointsman/pointsman/clients/go/gen/pointsman/v1"
)

type step struct {
	Name        string          `json:"name"`
	Call        string          `json:"call"`
	Stream      string          `json:"stream"`
	CancelAfter string          `json:"cancel_after"`
	Pages       string          `json:"pages"`
	Items       string          `json:"items"`
	Watch       string          `json:"watch"`
	Collect     string          `json:"collect"`
	Finished    int             `json:"finished"`
	Ask         string          `json:"ask"`
	PauseMs     int             `json:"pause_ms"`
	DeadlineMs  int             `json:"deadline_ms"`
	Credential  string          `json:"credential"`
	Trust       string          `json:"trust"`
	Request     json.RawMessage `json:"request"`
}

type result = map[string]any

type watch struct {
	mutex    sync.Mutex
	entries  []any
	finished int
	err      error
	cancel   context.CancelFunc
}

type program struct {
	flavour string
	results result
	watches map[string]*watch
	input   *bufio.Reader
}

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(path, flavour string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var conversation struct{ Steps []step }
	if err := json.Unmarshal(text, &conversation); err != nil {
		return err
	}
	p := &program{flavour, result{"run": os.Getenv("SMOKE_RUN")}, map[string]*watch{}, bufio.NewReader(os.Stdin)}
	for _, s := range conversation.Steps {
		time.Sleep(time.Duration(s.PauseMs) * time.Millisecond)
		outcome, err := p.carryOut(s)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		p.results[s.Name] = outcome
		outcome["step"] = s.Name
		if err := json.NewEncoder(os.Stdout).Encode(outcome); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) carryOut(s step) (result, error) {
	switch {
	case s.Ask != "":
		fmt.Printf("{\"ask\":%q}\n", s.Ask)
		_, err := p.input.ReadString('\n')
		return result{}, err
	case s.Collect != "":
		return p.collect(s)
	}
	var request any
	if err := json.Unmarshal(s.Request, &request); err != nil {
		return nil, err
	}
	request = fill(request, p.results)
	methods, err := open(p.flavour, s.Credential, s.Trust == "system")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	if s.DeadlineMs > 0 {
		ctx, cancel = context.WithTimeout(ctx, time.Duration(s.DeadlineMs)*time.Millisecond)
	}
	if s.Watch != "" {
		return p.startWatch(ctx, cancel, s, methods, request)
	}
	defer cancel()
	switch {
	case s.Stream != "":
		return stream(ctx, cancel, s, methods, request)
	case s.Pages != "":
		return pages(ctx, s, methods, request)
	default:
		response, err := methods.unary(ctx, s.Call, request)
		if err != nil {
			return result{"error": describe(err)}, nil
		}
		return result{"response": response}, nil
	}
}

func stream(ctx context.Context, cancel context.CancelFunc, s step, methods methods, request any) (result, error) {
	messages := []any{}
	err := methods.stream(ctx, s.Stream, request, func(message any) {
		messages = append(messages, message)
		if _, found := message.(result)[s.CancelAfter]; found {
			cancel()
		}
	})
	if err != nil {
		return result{"messages": messages, "error": describe(err)}, nil
	}
	return result{"messages": messages}, nil
}

func pages(ctx context.Context, s step, methods methods, request any) (result, error) {
	items := []any{}
	for count := 1; ; count++ {
		response, err := methods.unary(ctx, s.Pages, request)
		if err != nil {
			return result{"error": describe(err)}, nil
		}
		page := response.(result)
		if more, ok := page[s.Items].([]any); ok {
			items = append(items, more...)
		}
		token, _ := page["nextPageToken"].(string)
		if token == "" {
			return result{"pages": count, "items": items}, nil
		}
		request.(result)["pageToken"] = token
	}
}

func (p *program) startWatch(ctx context.Context, cancel context.CancelFunc, s step, methods methods, request any) (result, error) {
	w := &watch{cancel: cancel, entries: []any{}}
	p.watches[s.Name] = w
	message := &v1.WatchEntriesRequest{}
	if err := parse(request, message); err != nil {
		return nil, err
	}
	go func() {
		for response, err := range pointsman.WatchEntries(ctx, methods.watch, message) {
			w.mutex.Lock()
			if entry := response.GetEntry(); entry != nil {
				w.entries = append(w.entries, toJSON(entry))
				if entry.GetFinished() != nil {
					w.finished++
				}
			}
			w.err = errors.Join(w.err, err)
			w.mutex.Unlock()
		}
	}()
	return result{}, nil
}

func (p *program) collect(s step) (result, error) {
	w := p.watches[s.Collect]
	for waited := 0; waited < 600; waited++ {
		w.mutex.Lock()
		done := w.finished >= s.Finished || w.err != nil
		w.mutex.Unlock()
		if done {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	// A moment more, in which a repeated entry would show.
	time.Sleep(500 * time.Millisecond)
	w.cancel()
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.err != nil {
		return result{"entries": w.entries, "error": describe(w.err)}, nil
	}
	return result{"entries": w.entries}, nil
}

// fill puts values for ${...} and $repeat into a request.
func fill(value any, results result) any {
	switch value := value.(type) {
	case string:
		for {
			before, rest, found := strings.Cut(value, "${")
			if !found {
				return value
			}
			path, after, _ := strings.Cut(rest, "}")
			value = before + lookUp(path, results) + after
		}
	case []any:
		for i := range value {
			value[i] = fill(value[i], results)
		}
	case result:
		if text, ok := value["$repeat"].(string); ok {
			return strings.Repeat(text, int(value["times"].(float64)))
		}
		for key := range value {
			value[key] = fill(value[key], results)
		}
	}
	return value
}

func lookUp(path string, results result) string {
	var found any = results
	for part := range strings.SplitSeq(path, ".") {
		switch parent := found.(type) {
		case result:
			found = parent[part]
		case []any:
			index := 0
			if _, err := fmt.Sscanf(part, "%d", &index); err != nil || index >= len(parent) {
				return "nothing at " + path
			}
			found = parent[index]
		}
	}
	text, ok := found.(string)
	if !ok {
		return "nothing at " + path
	}
	return text
}

func parse(request any, message proto.Message) error {
	text, err := json.Marshal(request)
	if err != nil {
		return err
	}
	return protojson.Unmarshal(text, message)
}

func toJSON(message proto.Message) any {
	text, err := protojson.Marshal(message)
	if err != nil {
		panic(err)
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		panic(err)
	}
	return value
}
