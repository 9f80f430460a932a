#include "models/http_sender.h"

#include "runtime/http/client.h"

namespace yoke {

awaitable<HttpOutcome> ClientSender::send(HttpRequest request, Deadline deadline, HttpSinks sinks) {
  return client_.send(std::move(request), deadline, std::move(sinks));
}

}  // namespace yoke
