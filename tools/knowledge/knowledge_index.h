#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace yoke {

// A passage that has words of a question.
struct KnowledgeHit {
  std::string file;
  std::string heading;     // the one above it, as written; may be empty
  std::size_t offset = 0;  // of the passage in its file's text, bytes
  std::string text;
  double score = 0;  // above 0; comparable within one search
};

// Texts, cut into passages at paragraphs and headings and ranked by BM25 over their words. Words
// are runs of letters and digits, lower-cased in ASCII, an English plural as its singular.
//
// Threads: build it once, then share it freely.
// Limits:  passages of about kPassageBytes; a paragraph that is longer is cut.
class KnowledgeIndex {
 public:
  static constexpr std::size_t kPassageBytes = 1200;

  void add(const std::string& file, std::string text);

  // The best first, at most `most`; of equals the earlier one.
  std::vector<KnowledgeHit> search(std::string_view question, std::size_t most) const;

  const std::map<std::string, std::string>& texts() const { return texts_; }  // by file

 private:
  struct Passage {
    const std::string* file = nullptr;  // a key of texts_
    std::string heading;
    std::size_t offset = 0;
    std::size_t bytes = 0;
    std::size_t words = 0;
  };
  struct Posting {
    std::size_t passage = 0;
    std::size_t count = 0;
  };

  void add_passage(Passage passage);

  std::map<std::string, std::string> texts_;
  std::vector<Passage> passages_;
  std::map<std::string, std::vector<Posting>, std::less<>> postings_;  // by word
  std::size_t words_ = 0;
};

// The words of a text, as an index has them.
std::vector<std::string> knowledge_words(std::string_view text);

}  // namespace yoke
