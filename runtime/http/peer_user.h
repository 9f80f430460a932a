#pragma once

#include "runtime/http/http.h"

namespace yoke {

// What else the caller of a request that came over a socket file is (HttpRequest::caller).
class HttpPeerUser {
 public:
  virtual ~HttpPeerUser() = default;
  // Whether the process that connected is this process's user's, or root's: the system says so,
  // whatever the file's mode. False of what came over TCP.
  virtual bool is_same_user() = 0;
};

// The same of a request; false where nobody can say, as of one that no server read.
bool came_from_same_user(const HttpRequest& request);

}  // namespace yoke
