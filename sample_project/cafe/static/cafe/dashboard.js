// Shows each order as it comes. The browser connects again by itself and says, in Last-Event-ID, which one it
// had last. `textContent` shows a guest's name as text.
const SHOWN = 12;
const news = document.getElementById("news");
const line = document.getElementById("line");

const events = new EventSource(news.dataset.events);
events.addEventListener("open", () => { line.textContent = "live"; });
events.addEventListener("message", (message) => {
  const item = document.createElement("li");
  item.className = "card";
  item.textContent = JSON.parse(message.data);
  news.prepend(item);
  while (news.children.length > SHOWN) news.lastElementChild.remove();
  document.getElementById("empty").hidden = true;
});
events.addEventListener("error", () => {
  const gone = events.readyState === EventSource.CLOSED;
  line.textContent = gone ? "not live: reload the page" : "the line broke, trying again";
});
// Leave before the browser keeps this page for the Back button, with its connection open.
addEventListener("pagehide", () => events.close());
addEventListener("pageshow", (shown) => shown.persisted && location.reload());
