package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/choria-io/go-choria/choria"
	"github.com/choria-io/go-choria/config"
	"github.com/choria-io/go-choria/inter"
	"github.com/choria-io/go-choria/protocol"
	"github.com/choria-io/go-choria/srvcache"
)

// callerName is the name in the client's certificate, which callers have.
const callerName = "rip.mcollective"

// errNoReply says that nothing came within the limit.
var errNoReply = errors.New("no reply")

// client sends requests to single servers over one connection, any number at a
// time.
type client struct {
	framework  *choria.Framework
	connection inter.Connector
	mu         sync.Mutex
	inbox      string
	waiting    map[string]chan []byte
}

// connect connects as the configuration says. It tries for ever, so the context
// must have an end.
func connect(ctx context.Context, configuration string) (*client, error) {
	if err := os.Setenv("MCOLLECTIVE_CERTNAME", callerName); err != nil {
		return nil, err
	}
	settings, err := config.NewConfig(configuration)
	if err != nil {
		return nil, err
	}
	settings.LogLevel = "fatal"
	framework, err := choria.NewWithConfig(settings)
	if err != nil {
		return nil, err
	}
	servers := func() (srvcache.Servers, error) { return framework.MiddlewareServers() }
	connection, err := framework.NewConnector(ctx, servers, "tests", framework.Logger("tests"))
	if err != nil {
		return nil, err
	}
	return &client{framework: framework, connection: connection, waiting: map[string]chan []byte{}}, nil
}

// receive hands the replies to those who wait for them.
func (c *client) receive(replies chan inter.ConnectorMessage) {
	for raw := range replies {
		reply, err := c.framework.NewReplyFromTransportJSON(raw.Data(), false)
		if err != nil {
			fmt.Fprintf(os.Stderr, "choria: a reply that cannot be read: %v\n", err)
			continue
		}
		c.mu.Lock()
		waiting := c.waiting[reply.RequestID()]
		c.mu.Unlock()
		if waiting != nil {
			waiting <- reply.Message()
		}
	}
}

// send sends a body as it is. The reply comes through the channel.
func (c *client) send(body, agent, to string) (string, chan []byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	collective := c.framework.Config.MainCollective
	message, err := c.framework.NewMessage([]byte(body), agent, collective, inter.RequestMessageType, nil)
	if err != nil {
		return "", nil, err
	}
	message.SetProtocolVersion(protocol.RequestV1)
	filter := protocol.NewFilter()
	filter.AddAgentFilter(agent)
	message.SetFilter(filter)
	message.SetDiscoveredHosts([]string{to})
	// Choria refuses this type before there are hosts.
	if err := message.SetType(inter.DirectRequestMessageType); err != nil {
		return "", nil, err
	}
	if c.inbox == "" {
		replies := make(chan inter.ConnectorMessage, 1000)
		c.inbox = message.ReplyTarget()
		if err := c.connection.QueueSubscribe(context.Background(), "replies", c.inbox, "", replies); err != nil {
			return "", nil, err
		}
		go c.receive(replies)
	}
	if err := message.SetReplyTo(c.inbox); err != nil {
		return "", nil, err
	}
	reply := make(chan []byte, 1)
	c.waiting[message.RequestID()] = reply
	return message.RequestID(), reply, c.connection.Publish(message)
}

// ask sends a body as it is and waits for the reply's.
func (c *client) ask(body, agent, to string, limit time.Duration) ([]byte, error) {
	id, reply, err := c.send(body, agent, to)
	defer func() {
		c.mu.Lock()
		delete(c.waiting, id)
		c.mu.Unlock()
	}()
	if err != nil {
		return nil, err
	}
	select {
	case body := <-reply:
		return body, nil
	case <-time.After(limit):
		return nil, errNoReply
	}
}
