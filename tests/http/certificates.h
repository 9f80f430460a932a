#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace yoke {

struct CertificateFiles {
  std::string certificate;  // PEM
  std::string key;
};

// A certificate authority for one test, its files in a folder that goes with it.
class TestAuthority {
 public:
  TestAuthority();
  ~TestAuthority();
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  std::string file() const;  // its own certificate, to be trusted
  // A server's certificate; `names` as OpenSSL writes them: "DNS:host,IP:127.0.0.1".
  CertificateFiles issue(const std::string& names, long valid_seconds = 3600) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace yoke
