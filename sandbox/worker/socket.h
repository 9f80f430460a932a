#pragma once

#include <string>

#include "runtime/base/handle.h"
#include "sandbox/worker/packet.h"

namespace yoke::sandbox {

enum class Wait { yes, no };

// What came of one look at a socket.
enum class Received { packet, nothing, closed, broken };

// One packet of a SEQPACKET socket into `buffer`, which keeps its room between calls. `broken` is a
// packet longer than any of ours.
Received receive_packet(int socket, std::string& buffer, Wait wait);

// The whole message, however long the peer takes. False when the peer has gone.
bool send_message(int socket, const Message& message);

}  // namespace yoke::sandbox
