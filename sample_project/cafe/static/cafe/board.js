// Keeps the board up to date. The server sends the whole board in each event, so an event that got lost
// does no harm, and the browser connects again by itself. `textContent` shows a guest's name as text.
const board = document.getElementById("board");
const line = document.getElementById("line");
const blank = document.getElementById("card");

function card(order) {
  const item = blank.content.cloneNode(true);
  const [what, foot] = item.querySelectorAll("p");
  const [status, since] = foot.querySelectorAll("span");
  item.querySelector("h2").textContent = order.customer;
  what.textContent = `${order.drink}, ${order.place}`;
  status.textContent = order.status;
  status.classList.add(order.status);
  since.textContent = `since ${order.since}`;
  return item;
}

const events = new EventSource(board.dataset.events);
events.addEventListener("board", (message) => {
  const { orders, watching } = JSON.parse(message.data);
  board.replaceChildren(...orders.map(card));
  document.getElementById("empty").hidden = orders.length > 0;
  // Under WSGI nobody is connected for longer than one event: the browser asks every other second.
  line.textContent = watching ? `live, ${watching} watching` : "asking every 2 s";
});
events.addEventListener("error", () => {
  if (events.readyState === EventSource.CLOSED) line.textContent = "not live: reload the page";
});
// Leave before the browser keeps this page for the Back button, with its connection open.
addEventListener("pagehide", () => events.close());
addEventListener("pageshow", (shown) => shown.persisted && location.reload());
