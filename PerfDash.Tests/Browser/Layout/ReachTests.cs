using Microsoft.Playwright;

namespace PerfDash.Tests.Browser.Layout;

/// <summary>What every page must let everybody see and reach, light on a desk and dark on a phone.</summary>
public sealed class ReachTests(Chromium chromium, DemoSite site) : PageTest(chromium, site), IClassFixture<DemoSite>
{
    internal static readonly string[] Paths =
    [
        "/", "/workflows", "/workflows/11", "/quality", "/compare?workflows=11,12", "/compare?mode=history&workflow=11", "/workers", "/workers?view=vram", "/workers?view=coverage",
        "/workers?view=failures", "/workers/2", "/jobs", "/jobs/1500", "/estimate?workflow=11&frames=65", "/alerts", "/alerts?section=thresholds", "/alerts?section=window-rules",
        "/alerts?section=channels", "/alerts?section=trail", "/collection", "/settings",
    ];

    // Looks at the page as it is: where the focus can go it must be seen with a contrast of 3 : 1, what is wider than its place
    // must say so and be reached by the keyboard, a text that is cut must have a tooltip, and nothing may lie over a title.
    private const string Faults =
        """
        () => {
            const wrong = [];
            // At once: what fades in is not yet there when it is looked at.
            document.head.append(Object.assign(document.createElement('style'), { textContent: '* { transition: none !important; }' }));
            document.activeElement.blur();
            const say = e => `<${e.localName} class="${(e.getAttribute('class') ?? '').slice(0, 60)}"> ${(e.getAttribute('aria-label') ?? e.textContent ?? '').trim().slice(0, 40)}`;
            const rgba = c => { const n = c.match(/[\d.]+/g).map(Number); return { r: n[0], g: n[1], b: n[2], a: n[3] ?? 1 }; };
            const light = c => [c.r, c.g, c.b].map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
            const ground = e => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c.a === 1) return c; } return { r: 255, g: 255, b: 255 }; };
            const outline = e => { const s = getComputedStyle(e); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 && rgba(s.outlineColor).a === 1 ? s.outlineColor : ''; };

            // Each kind of control once; what a page has by the hundred looks alike.
            const kinds = new Set();
            for (const e of document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')) {
                const kind = `${e.localName} ${e.getAttribute('class')} ${e.type} ${e.parentElement.getAttribute('class')}`;
                if (e.tabIndex < 0 || e.disabled || !e.checkVisibility() || e.getClientRects().length === 0 || kinds.has(kind)) continue;
                kinds.add(kind);
                const around = [e, e.firstElementChild];
                for (let p = e.parentElement; p && around.length < 7; p = p.parentElement) around.push(p);
                const before = new Map(around.filter(x => x).map(x => [x, outline(x)]));
                e.focus({ preventScroll: true });
                if (document.activeElement !== e) continue;
                const marked = [...before.keys()].find(x => outline(x) !== '' && before.get(x) === '');
                if (!marked) wrong.push('no focus to be seen: ' + say(e));
                else {
                    const [a, b] = [light(rgba(outline(marked))), light(ground(marked.parentElement))];
                    const contrast = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
                    if (contrast < 3) wrong.push(`focus of contrast ${contrast.toFixed(1)}: ` + say(e));
                }
                e.blur();
            }

            if (document.documentElement.scrollWidth > document.documentElement.clientWidth) wrong.push('the page scrolls sideways');
            for (const e of document.querySelectorAll('main *')) {
                const s = getComputedStyle(e);
                if (e.closest('svg') || s.clipPath !== 'none' || !['auto', 'scroll', 'hidden', 'clip'].includes(s.overflowX) || e.scrollWidth <= e.clientWidth + 1 || e.clientWidth === 0 || s.clip !== 'auto') continue;
                if (s.overflowX === 'auto' || s.overflowX === 'scroll') {
                    if (e.querySelector('table') && !s.backgroundImage.includes('radial-gradient')) wrong.push('scrolls without a sign: ' + say(e));
                    if (e.tabIndex < 0 || !(e.getAttribute('aria-label') || e.localName === 'pre')) wrong.push('out of reach of the keyboard, or without a name: ' + say(e));
                } else if (e.querySelector('table')) wrong.push('a table is cut: ' + say(e));
                else if (s.textOverflow === 'ellipsis' && !e.closest('[title]')) wrong.push('a text is cut and has no tooltip: ' + say(e));
            }

            for (const head of document.querySelectorAll('h1, h2')) {
                const words = document.createRange();
                words.selectNodeContents(head);
                const title = words.getBoundingClientRect();
                const row = head.closest('.page-head, .panel-tools, .figure-head, section > div') ?? head.parentElement;
                for (const e of row.querySelectorAll('button, label, select, a')) {
                    const r = e.getBoundingClientRect();
                    if (!head.contains(e) && r.width > 0 && r.left < title.right - 1 && r.right > title.left + 1 && r.top < title.bottom - 1 && r.bottom > title.top + 1) wrong.push(`over the title ${head.textContent.trim()}: ` + say(e));
                }
            }

            return wrong;
        }
        """;

    [Theory]
    [InlineData(ColorScheme.Light, 1440)]
    [InlineData(ColorScheme.Dark, 390)]
    public async Task Focus_is_seen_and_nothing_is_cut_without_a_sign(ColorScheme scheme, int width)
    {
        var page = await NewPageAsync(new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 900 } });
        List<string> faults = [];
        foreach (var path in Paths)
        {
            await OpenAsync(path, page);
            // Only what the keyboard focuses shows it.
            await page.Keyboard.PressAsync("Tab");
            faults.AddRange((await page.EvaluateAsync<string[]>(Faults)).Select(fault => $"{path}: {fault}"));
        }

        Assert.Empty(faults);
    }

    [Fact]
    public async Task The_font_comes_from_the_program()
    {
        await OpenAsync();
        var fonts = await Page.EvaluateAsync<string[]>("async () => { await document.fonts.ready; return [...document.fonts].filter(f => f.status === 'loaded').map(f => f.family.replaceAll('\"', '')); }");
        Assert.Contains("Inter Variable", fonts);
        // Charts use it too, and equal digits have equal widths.
        foreach (var text in new[] { "body", ".apexcharts-xaxis-label, .apexcharts-yaxis-label", "[data-test='time-range'] button" })
            Assert.StartsWith("\"Inter Variable\"", await Page.Locator(text).First.EvaluateAsync<string>("e => getComputedStyle(e).fontFamily"), StringComparison.Ordinal);
        Assert.Equal("tabular-nums", await Page.EvaluateAsync<string>("getComputedStyle(document.body).fontVariantNumeric"));
    }
}
