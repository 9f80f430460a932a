#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/time.h"
#include "runtime/loop/offload.h"
#include "tools/broker/host_module.h"
#include "tools/broker/mail_message.h"
#include "tools/broker/mail_server.h"

namespace yoke {

struct MailOptions {
  std::string ca_file = {};  // certificates trusted beside the system's, PEM
  // Looks a host's name up; may block. Throws Fault: no such name. Empty: the system's.
  std::function<std::vector<boost::asio::ip::address>(const std::string& host)> look_up = {};
};

// mail: mail through the servers that `permissions.smtp` grants.
//   send{server, from, to, cc, bcc, reply_to, subject, text, id} -> {accepted, id}
// Always over TLS, but on this machine. The server's address is checked as http checks one, and the
// one that was checked is connected to. Secrets to log in with are filled in here.
//
// Ownership: borrows `secrets` and `wall`, which outlive it; has a thread of its own, started by
//            the first mail.
// Cancelled: the mail may or may not have been sent.
class MailModule final : public HostModule {
 public:
  MailModule(SecretSource& secrets, WallClock& wall, MailOptions options = {})
      : secrets_(secrets), wall_(wall), options_(std::move(options)) {}

  std::string_view name() const override { return "mail"; }
  Result<Json> admit(const std::string& function, const Json& args, CallScope& scope) override;
  awaitable<Result<Json>> call(std::string function, Json args, CallScope& scope) override;

 private:
  struct Plan {
    MailDelivery delivery;
    bool inside = false;  // the grant lets the name lead to a private address
    std::string id;
  };
  Result<Plan> plan(const std::string& function, const Json& args, CallScope& scope) const;
  Result<void> fill_in_secrets(MailDelivery& delivery, const MailServer& server,
                               CallScope& scope) const;

  SecretSource& secrets_;
  WallClock& wall_;
  const MailOptions options_;
  std::unique_ptr<Pool> threads_;
};

}  // namespace yoke
