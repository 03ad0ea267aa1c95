using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;

namespace Sanctum.Cli.Terminals;

/// <summary>
/// Where a command's words go: results to stdout, as text or as one JSON document; everything else to stderr. Text that came
/// from elsewhere (names in the audit log, descriptions) is shown without control characters, so that it can't drive the terminal.
/// </summary>
/// <param name="json">Results and errors are documents.</param>
/// <param name="verbose">Says what is being done.</param>
/// <param name="vault">The vault's folder as it was named on the command line; null where it was not.</param>
/// <param name="others">What else on the command line says which vault is meant: options and their values, null where they were not given.</param>
internal sealed class Terminal(bool json, bool verbose, string? vault = null, (string Option, string? Value)[]? others = null) : IDisposable
{
    private readonly Stream _output = StandardStreams.OpenOutput();
    private readonly TextWriter _errors = new StreamWriter(StandardStreams.OpenErrors(), new UTF8Encoding(false)) { AutoFlush = true };

    public bool Json => json;

    /// <summary>Whether somebody watches stderr, so that a spinner makes sense.</summary>
    public bool IsWatched => !json && !verbose && !Console.IsErrorRedirected && !Style.IsPlain;

    /// <summary>The result: a document for programs or, through <paramref name="text"/>, words for people.</summary>
    public void Result<T>(T document, Func<CliJson, JsonTypeInfo<T>> type, Action text)
    {
        if (json)
        {
            _output.Write(JsonSerializer.SerializeToUtf8Bytes(document, type(CliJson.Indented)));
            _output.WriteByte((byte)'\n');
            _output.Flush();
        }
        else
        {
            text();
        }
    }

    /// <summary>A result's line.</summary>
    public void Line(string text = "") => Bytes(Encoding.UTF8.GetBytes(Style.Clean(text) + "\n"));

    /// <summary>A result's bytes, as they are.</summary>
    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        _output.Write(bytes);
        _output.Flush();
    }

    /// <summary>A result that is written bit by bit.</summary>
    public static Stream OpenResult() => StandardStreams.OpenOutput();

    /// <summary>A result's table; <paramref name="empty"/> goes to stderr when there are no rows.</summary>
    public void Table(string[] columns, IEnumerable<string?[]> rows, string empty)
    {
        var all = rows.ToList();
        if (all.Count == 0)
        {
            Note(empty);
            return;
        }

        Bytes(Encoding.UTF8.GetBytes(Tables.Render(columns, all)));
    }

    /// <summary>Something for the person at the terminal; programs that asked for JSON are not bothered.</summary>
    public void Note(string text)
    {
        if (!json)
        {
            _errors.WriteLine(Style.Clean(ForThisVault(text)));
        }
    }

    /// <summary>Something that is wrong and yet no error.</summary>
    public void Warn(string text) => _errors.WriteLine(Style.Clean($"warning: {ForThisVault(text)}"));

    /// <summary>A text with commands in it, each of which acts on the vault that this one is about.</summary>
    public string ForThisVault(string text) => HintText.For(text, vault, others ?? []);

    /// <summary>What the daemon or the vault warns of. A document with <c>--json</c> has these in it already.</summary>
    public void Warn(IEnumerable<string>? warnings)
    {
        foreach (var warning in json ? [] : warnings ?? [])
        {
            Warn(warning);
        }
    }

    /// <summary>What is being done, for <c>--verbose</c>. Callers pass names and paths, never what is in them.</summary>
    public void Detail(string text)
    {
        if (verbose)
        {
            _errors.WriteLine(Style.Clean($"sanctum: {text}"));
        }
    }

    /// <summary>The error: one line and a hint, or with <c>--json</c> a document.</summary>
    public void Fail(Failure failure, Exception? exception = null)
    {
        if (failure.ExitCode == ExitCode.ReaderLeft)
        {
            return; // As with 'head': nobody wants to know.
        }

        failure = failure with { Message = ForThisVault(failure.Message), Hint = failure.Hint is { } text ? ForThisVault(text) : null };
        if (json)
        {
            var document = new ErrorDocument(new(failure.Code, failure.Message, failure.Hint, failure.ExitCode));
            _errors.WriteLine(JsonSerializer.Serialize(document, CliJson.Compact.ErrorDocument));
        }
        else
        {
            _errors.WriteLine($"sanctum: {Style.Clean(failure.Message)}");
            if (failure.Hint is { } hint)
            {
                _errors.WriteLine($"hint: {Style.Clean(hint)}");
            }
        }

        // The stack and not the message: messages of foreign exceptions are not ours to vouch for.
        for (var cause = verbose ? exception : null; cause is not null; cause = cause.InnerException)
        {
            _errors.WriteLine($"{cause.GetType().FullName}{Environment.NewLine}{cause.StackTrace}");
        }
    }

    /// <summary>Shows that something that may take a while is under way.</summary>
    public Task<T> WhileAsync<T>(string what, Func<Task<T>> work) => IsWatched ? Spinner.RunAsync(what, work, _errors) : work();

    public void Dispose()
    {
        _output.Dispose();
        _errors.Dispose();
    }
}
