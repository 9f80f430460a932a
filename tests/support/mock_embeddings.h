#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "runtime/base/json.h"
#include "tests/support/mock_socket.h"

namespace yoke::testing {

// A server that makes vectors, as strict as OpenAI (/v1/embeddings), Ollama (/api/embed) and Gemini
// (/v1beta/models/MODEL:batchEmbedContents) are with what they are asked. The vector of a text has
// as its numbers the text's length and its first bytes; models of the name "…-fixed" cannot make
// shorter ones.
class MockEmbeddings {
 public:
  static constexpr int kDimensions = 8;

  // `texts_max`: in one request by OpenAI's protocol.
  explicit MockEmbeddings(std::string key = {}, int texts_max = 2048);

  std::string base_url() const;  // without a path
  std::vector<std::string> refusals() const;
  int requests() const;

 private:
  bool handle(const MockRequest& request, MockConnection& connection);

  const std::string key_;
  const int texts_max_;
  mutable std::mutex mutex_;
  std::vector<std::string> refusals_;
  int requests_ = 0;
  MockServer server_;  // last: its threads use what is above
};

std::vector<float> mock_vector(const std::string& text, int dimensions);

}  // namespace yoke::testing
