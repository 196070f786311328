#include <asyncio/detail/mailbox.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <new>

namespace asyncio::detail {

template <class T>
class mailbox::memory {
 public:
  using value_type = T;
  explicit memory(mailbox& m) noexcept : mail_(&m) {}
  template <class U>
  memory(memory<U> const& other) noexcept : mail_(other.mail_) {}  // NOLINT: allocators convert
  T* allocate(std::size_t n) {
    if (mail_->block_used_ || n * sizeof(T) > sizeof mail_->block_) return static_cast<T*>(::operator new(n * sizeof(T)));
    mail_->block_used_ = true;
    return reinterpret_cast<T*>(mail_->block_);
  }
  void deallocate(T* p, std::size_t) noexcept {
    if (static_cast<void*>(p) == mail_->block_) {
      mail_->block_used_ = false;
    } else {
      ::operator delete(p);
    }
  }
  friend bool operator==(memory const& a, memory const& b) noexcept { return a.mail_ == b.mail_; }

 private:
  template <class>
  friend class memory;
  mailbox* mail_;
};

/// Asio frees its memory in the loop's thread before it calls it; only then the next one can be posted.
class mailbox::wake_up {
 public:
  using allocator_type = memory<void>;
  explicit wake_up(mailbox& m) noexcept : mail_(&m) {}
  [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_type(*mail_); }
  void operator()() const { mail_->deliver(); }

 private:
  mailbox* mail_;
};

bool mailbox::send(ready_node& letter) noexcept {
  std::lock_guard const lock(mutex_);
  if (home_ == nullptr) return false;
  letters_.push_back(letter);
  waiting_.store(true, std::memory_order_release);
  if (posted_) return true;
  posted_ = true;
  boost::asio::post(home_->context().get_executor(), wake_up(*this));  // under the lock: the context cannot go meanwhile
  return true;
}

void mailbox::collect(list<ready_node>& to) noexcept {
  std::lock_guard const lock(mutex_);
  waiting_.store(false, std::memory_order_relaxed);
  to.splice_back(letters_);
}

void mailbox::deliver() {
  kernel::visit const inside(*home_);  // only this thread closes the mailbox
  if (!inside) [[unlikely]] home_->hand_on([this] { deliver(); });
  list<ready_node> arrived;
  {
    std::lock_guard const lock(mutex_);
    posted_ = false;
    waiting_.store(false, std::memory_order_relaxed);
    arrived.splice_back(letters_);
  }
  if (!arrived.empty()) home_->splice_ready(arrived);
}

void mailbox::withdraw(ready_node& letter) noexcept {
  std::lock_guard const lock(mutex_);
  letter.unlink();
}

void mailbox::at_fork(fork_point p) noexcept {
  if (p == fork_point::before) {
    mutex_.lock();
  } else {
    mutex_.unlock();
  }
}

void mailbox::close() noexcept {
  list<ready_node> refused;
  {
    std::lock_guard const lock(mutex_);
    home_ = nullptr;
    closed_.store(true, std::memory_order_release);
    waiting_.store(false, std::memory_order_relaxed);
    refused.splice_back(letters_);
  }
  while (!refused.empty()) refused.pop_front().abandon();
}

}  // namespace asyncio::detail
