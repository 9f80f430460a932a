#pragma once

#include <functional>
#include <memory>
#include <string>

#include "runtime/http/client.h"
#include "runtime/loop/asio.h"
#include "runtime/loop/clock.h"

namespace yoke {

// Sends a person's browser to an authorization server and gets the address that it came back to.
//
// Ownership: one for each sign-in; outlives it.
// Threads:   loop thread only.
class Consent {
 public:
  virtual ~Consent() = default;
  // Where the browser is to come back to, "http://127.0.0.1:PORT/callback": asked once, before
  // anything else. `wanted` is one that was registered before: it is used where it can be.
  virtual Result<std::string> redirect_uri(const std::string& wanted) = 0;
  // The whole address that the browser came back to. timed_out: nobody consented in time.
  virtual awaitable<Result<std::string>> obtain(std::string url, Deadline deadline) = 0;
};

// Says to a person that a browser is to be opened at this address.
using TellAddress = std::function<void(const std::string& url)>;

// Listens on loopback for the browser: takes one answer, tells the browser in a page that it may be
// closed, and is then gone. `port`: the one that the client is registered with; 0: any that is
// free.
std::unique_ptr<Consent> loopback_consent(asio::any_io_executor executor, TellAddress tell,
                                          std::uint16_t port = 0);

// For machines without a browser: the person pastes the address that the browser of another one
// ended at, where it found nothing.
using ReadAddress = std::function<awaitable<Result<std::string>>()>;
std::unique_ptr<Consent> pasted_consent(TellAddress tell, ReadAddress read, std::uint16_t port = 0);

// For authorization servers that ask nobody: fetches the address itself and takes the redirect.
// Borrows the client.
std::unique_ptr<Consent> unattended_consent(HttpClient& client);

}  // namespace yoke
