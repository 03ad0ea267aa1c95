using System.Diagnostics;
using System.Text;

namespace Sanctum.Cli.Tests;

/// <summary>How a command ended.</summary>
internal sealed record CliResult(int ExitCode, byte[] OutputBytes, string Errors)
{
    public string Output => Encoding.UTF8.GetString(OutputBytes);
}

/// <summary>
/// Runs the real executable, in an environment with nothing in it but what is given: no home of the tester's, no terminal.
/// </summary>
internal static class CliProcess
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>The executable; <c>SANCTUM_TEST_EXECUTABLE</c> names another one, such as the native build.</summary>
    public static string Path { get; } = Environment.GetEnvironmentVariable("SANCTUM_TEST_EXECUTABLE") is { Length: > 0 } other
        ? other
        : System.IO.Path.Join(AppContext.BaseDirectory, "sanctum");

    public static async Task<CliResult> RunAsync(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, byte[]? input = null, string? program = null)
    {
        var start = Start(program ?? Path, arguments, environment);
        using var deadline = new CancellationTokenSource(Longest);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(deadline.Token);
        using var output = new MemoryStream();
        var copying = process.StandardOutput.BaseStream.CopyToAsync(output, deadline.Token);
        await FeedAsync(process, input ?? [], deadline.Token);
        await copying;
        await process.WaitForExitAsync(deadline.Token);
        return new CliResult(process.ExitCode, output.ToArray(), await errors);
    }

    /// <summary>Runs a command on a terminal, made by script(1); each response is typed once its prompt is there. Returns what was to be seen.</summary>
    public static Task<string> TalkAsync(
        string command, IReadOnlyDictionary<string, string> environment, params (string Prompt, string Answer)[] conversation) =>
        TalkInShellAsync($"{Path} {command}", environment, conversation);

    /// <summary>The same with a line for the shell.</summary>
    public static async Task<string> TalkInShellAsync(
        string line, IReadOnlyDictionary<string, string> environment, params (string Prompt, string Answer)[] conversation)
    {
        using var deadline = new CancellationTokenSource(Longest);
        using var process = Process.Start(Start("/usr/bin/script", ["-qec", line, "/dev/null"], environment))!;
        var seen = new StringBuilder();
        var buffer = new char[1024];
        var said = 0;
        foreach (var (prompt, answer) in conversation)
        {
            // Another line may come right behind it: what is logged takes its own time.
            while (!seen.ToString(said, seen.Length - said).Contains(prompt, StringComparison.Ordinal))
            {
                var read = await process.StandardOutput.ReadAsync(buffer, deadline.Token);
                Assert.True(read > 0, $"it ended before it asked '{prompt}': {seen}");
                seen.Append(buffer, 0, read);
            }

            said = seen.Length;
            await process.StandardInput.WriteAsync(answer);
            await process.StandardInput.FlushAsync(deadline.Token);
        }

        seen.Append(await process.StandardOutput.ReadToEndAsync(deadline.Token));
        return seen.ToString();
    }

    private static async Task FeedAsync(Process process, byte[] input, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input, cancellationToken);
        }
        catch (IOException)
        {
            // A command that ended without reading all of it has its exit code to tell why.
        }

        process.StandardInput.Close();
    }

    private static ProcessStartInfo Start(string executable, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(executable, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }
}
