// Tell the explorer's frames whether the site is light or dark.
(() => {
  const tell = () => {
    const theme = document.body.dataset.mdColorScheme === "slate" ? "dark" : "light";
    for (const frame of document.querySelectorAll("iframe.explored")) {
      frame.contentWindow.postMessage({ theme }, "*");
    }
  };
  new MutationObserver(tell).observe(document.body, {
    attributeFilter: ["data-md-color-scheme"],
  });
  for (const frame of document.querySelectorAll("iframe.explored")) {
    frame.addEventListener("load", tell);
  }
  tell();
})();
