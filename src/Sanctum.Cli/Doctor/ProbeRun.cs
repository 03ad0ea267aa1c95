using System.Diagnostics;
using System.Text;
using Sanctum.Cli.Runs.Children;

namespace Sanctum.Cli.Doctor;

/// <summary>Runs a probe as a run's program is run, and takes down what it says.</summary>
internal static class ProbeRun
{
    private const int MostSaid = 200;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>Sends a request.</summary>
    /// <returns>What the client said: a status or an error, one line.</returns>
    public static async Task<string> SendAsync(Probe probe, string executable, string url, RawEnvironment environment, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(executable, [.. probe.Arguments, url]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        foreach (var name in environment.Names.Where(name => name.Length > 0))
        {
            start.Environment[name] = environment.Get(name);
        }

        // This machine goes past the proxy, and a credential may be bound to it. And git asks nobody for a name.
        (start.Environment["NO_PROXY"], start.Environment["no_proxy"], start.Environment["GIT_TERMINAL_PROMPT"]) = ("", "", "0");
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Longest);
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            return OneLine($"{await output.ConfigureAwait(false)} {await errors.ConfigureAwait(false)}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "no response";
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static string OneLine(string said)
    {
        var line = string.Join(' ', said.Split((char[])['\n', '\r', '\t', ' '], StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= MostSaid ? line : string.Concat(line.AsSpan(0, MostSaid), "…");
    }
}
