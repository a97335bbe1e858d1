using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace PerfDash.Tests.Charts;

/// <summary>Runs the charts' browser modules in node. Only those that touch no page can be run.</summary>
internal static class BrowserModules
{
    /// <summary>What a script, which imports modules of <c>wwwroot/js/charts</c> by <c>./NAME.js</c>, prints as JSON.</summary>
    public static async Task<string[]> RunAsync(string script)
    {
        // A copy, because the folder itself has no package.json that says it holds modules.
        var folder = Directory.CreateTempSubdirectory("perfdash-modules-");
        try
        {
            foreach (var module in Directory.EnumerateFiles(Path.Combine(Repository.Root, "PerfDash.Web", "wwwroot", "js", "charts"), "*.js"))
                File.Copy(module, Path.Combine(folder.FullName, Path.GetFileName(module)));
            var cancellation = TestContext.Current.CancellationToken;
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "package.json"), """{"type": "module"}""", cancellation);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "script.js"), script, cancellation);
            return await NodeAsync(Path.Combine(folder.FullName, "script.js"), cancellation);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<string[]> NodeAsync(string script, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo("node", [script]) { RedirectStandardOutput = true, RedirectStandardError = true };
        Process node;
        try
        {
            node = Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            Assert.Skip("node is not installed, so the browser's modules cannot be run.");
            throw;
        }

        using (node)
        {
            var errors = node.StandardError.ReadToEndAsync(cancellation);
            var output = await node.StandardOutput.ReadToEndAsync(cancellation);
            await node.WaitForExitAsync(cancellation);
            Assert.True(node.ExitCode == 0, await errors);
            return JsonSerializer.Deserialize<string[]>(output)!;
        }
    }
}
