#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/secret.h"
#include "runtime/loop/clock.h"

namespace yoke {

// Where a mail goes and how, all of it decided.
struct MailDelivery {
  std::string host;
  int port = 587;                                   // 465 speaks TLS at once, others after STARTTLS
  std::vector<boost::asio::ip::address> addresses;  // of the host, each found fit
  bool plain = false;                               // no TLS: this machine alone
  Secret user;                                      // empty: no log-in
  Secret password;
  std::string from;
  std::vector<std::string> recipients;
  std::string message;  // with CRLF ends
  std::string ca_file;  // certificates trusted beside the system's, PEM; may be empty
  Deadline deadline = kNoDeadline;
};

// Hands the message to the server (SMTP). It connects to one of `addresses` and nowhere else, by no
// proxy.
//
// Threads: any; blocks, a minute at most.
// Errors:  denied (log-in refused, no TLS), invalid (an address or the message was refused),
//          timed_out, unavailable. Where the server may have taken the message all the same, the
//          text says so.
Result<void> deliver_mail(const MailDelivery& delivery);

}  // namespace yoke
