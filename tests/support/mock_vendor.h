#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/json.h"
#include "tests/support/mock_openai.h"
#include "tests/support/mock_socket.h"

namespace yoke::testing {

// What a vendor's fake answers, before it is put into that vendor's words. A fault is as in
// MockTurn; those that only OpenAI's wire has (no_done, done_only, no_choices) are played as
// clean_end.
struct VendorTurn {
  std::vector<std::string> thinking = {};  // one thinking block, or thought, each
  std::string redacted = {};               // Anthropic: a redacted_thinking block after those
  std::string text = {};
  std::vector<MockCall> calls = {};  // an empty id: the vendor mints one, or leaves it out
  std::string image = {};            // Gemini: base64 of a PNG
  std::string stop = {};             // empty: the vendor's own for this answer
  std::string stop_sequence = {};    // Anthropic: which one was met
  bool paused = false;               // Anthropic: stop_reason pause_turn
  std::size_t piece_bytes = 7;       // of text in an event

  MockFault fault = MockFault::none;
  int events = 3;  // before the fault
  int status = 500;
  std::string error_type = {};  // empty: the vendor's for that status
  std::string error_text = "mock failure";
  std::string body = {};  // of the error, as it is; empty: made from the two above
  std::vector<std::pair<std::string, std::string>> headers = {};
};

using VendorScript = std::function<VendorTurn(const Json& request, int number)>;

// A refusal in the words of the vendor.
struct VendorRefusal {
  int status = 400;
  std::string type;
  std::string text;
};

// One vendor's wire, as the fake speaks it.
class VendorWire {
 public:
  virtual ~VendorWire() = default;
  // Names in lower case.
  virtual std::string key_header() const = 0;
  // What the vendor would refuse; none when nothing is wrong.
  virtual std::optional<VendorRefusal> refusal(const MockRequest& raw, const Json& request) = 0;
  virtual VendorRefusal wrong_key() const = 0;
  virtual bool streams(const MockRequest& raw, const Json& request) const = 0;
  virtual std::string whole(const VendorTurn& turn, const Json& request) = 0;
  virtual std::vector<std::string> events(const VendorTurn& turn, const Json& request) = 0;
  virtual std::string error_body(const VendorRefusal& refusal) const = 0;
  // An error as an event of a stream; whole bytes, as in events().
  virtual std::string error_event(const VendorRefusal& refusal) const = 0;
};

// A server that speaks one vendor's wire, refuses what that vendor refuses, and can fail.
class MockVendor {
 public:
  struct Options {
    VendorScript script;
    std::string key = {};  // when set, requests without it are refused
    std::uint16_t port = 0;
  };
  MockVendor(Options options, std::unique_ptr<VendorWire> wire, std::string base_path);

  std::string base_url() const;
  std::uint16_t port() const { return server_.port(); }
  std::vector<Json> requests() const;  // the bodies, parsed
  std::vector<MockRequest> raw_requests() const;
  std::vector<std::string> refusals() const;  // what was found wrong with requests, in order

 private:
  bool handle(const MockRequest& request, MockConnection& connection);
  bool answer(const MockRequest& raw, const Json& request, MockConnection& connection);
  bool refuse(const VendorRefusal& refusal, MockConnection& connection);
  bool send_whole(const VendorTurn& turn, const Json& request, MockConnection& connection);
  bool send_stream(const VendorTurn& turn, const Json& request, MockConnection& connection);
  bool end_stream(const VendorTurn& turn, MockConnection& connection);

  const Options options_;
  const std::unique_ptr<VendorWire> wire_;
  const std::string base_path_;
  mutable std::mutex mutex_;  // guards what is below, and the wire's memory
  std::vector<MockRequest> received_;
  std::vector<std::string> refusals_;
  MockServer server_;  // last: its threads use what is above
};

// A server as strict as Anthropic's: it knows the thinking blocks that it gave, and wants them
// back.
std::unique_ptr<MockVendor> mock_anthropic(MockVendor::Options options);
// A server as strict as Gemini's is with its third generation: a call of the current turn must
// bring the signature it came with.
std::unique_ptr<MockVendor> mock_gemini(MockVendor::Options options);

// Thinks, calls the first tool that it is offered, and answers with what that gave; without tools
// it says back what it was told.
VendorTurn anthropic_talk(const Json& request, int number);
VendorTurn gemini_talk(const Json& request, int number);

// For the wires: `text` in pieces of whole characters, and the bytes of one event.
std::vector<std::string> pieces_of(const std::string& text, std::size_t bytes);
std::string event_bytes(const std::string& data, const std::string& event = {});

}  // namespace yoke::testing
