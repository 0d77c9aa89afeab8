// Command example routes a request, streams an answer, and watches the audit trail: go run ./example 127.0.0.1:50051
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	pointsman "github.com/pointsman/pointsman/clients/go"
	v1 "github.com/pointsman/pointsman/clients/go/gen/pointsman/v1"
)

func main() {
	address := "127.0.0.1:50051"
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	if err := run(context.Background(), address); err != nil {
		if said, ok := pointsman.ErrorOf(err); ok {
			log.Fatal(said.ReasonName)
		}
		log.Fatal(err)
	}
}

func run(ctx context.Context, address string) error {
	client, err := pointsman.Dial(address, pointsman.WithoutTLS())
	if err != nil {
		return err
	}
	defer client.Close()
	ask := &v1.RouteInput{Turns: []*v1.Turn{{
		Role:  v1.Role_ROLE_USER,
		Parts: []*v1.Part{{Content: &v1.Part_Text{Text: "Why is the sky blue?"}}},
	}}}

	answer, err := client.Route.Route(ctx, &v1.RouteRequest{Input: ask})
	if err != nil {
		return err
	}
	fmt.Println(answer.GetCompletion().GetTargetId(), "answers:", answer.GetCompletion().GetParts())

	stream, err := client.Stream.StreamRoute(ctx, &v1.StreamRouteRequest{Input: ask})
	for err == nil {
		var event *v1.StreamRouteResponse
		if event, err = stream.Recv(); err == nil {
			fmt.Print(event.GetTextDelta().GetText())
		}
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	fmt.Println()

	request := &v1.WatchEntriesRequest{StartTime: answer.GetDecision().GetCreateTime()}
	for message, err := range pointsman.WatchEntries(ctx, pointsman.WatchGRPC(client.Audit), request) {
		if err != nil {
			return err
		}
		fmt.Printf("%s %T\n", message.GetEntry().GetDecisionId(), message.GetEntry().GetEvent())
		if message.GetEntry().GetFinished() != nil {
			return nil
		}
	}
	return nil
}
