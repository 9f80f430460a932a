#pragma once

#include "sandbox/jail/layers.h"

namespace yoke::sandbox {

// A worker's whole life: says that it is ready, then runs the calls that come over the socket, many
// at once and each in a fresh state, a slice of time after the other, until the peer goes.
//
// Returns the status to exit with: 0 when the peer has gone, 1 when it spoke wrongly.
int serve(int socket, const Layers& layers);

// Runs a little of everything once, so that nothing is left to be loaded, opened or first set up
// when files are out of reach; workers that are forked afterwards share the memory it took.
void warm_up();

}  // namespace yoke::sandbox
