/* The least that an agent can do: a fixed reply to whatever it is asked. */

#include <fcntl.h>
#include <unistd.h>

static const char REPLY[] =
    "{\"activate\":true,\"statuscode\":0,\"statusmsg\":\"OK\",\"data\":{\"message\":\"hello world\"}}";

int main(int argc, char **argv)
{
    int reply = argc > 2 ? open(argv[2], O_WRONLY | O_TRUNC) : -1;
    ssize_t size = sizeof REPLY - 1;

    return reply < 0 || write(reply, REPLY, size) != size;
}
