using System.CommandLine;
using System.Text;
using Sanctum.Cli.AgentSide;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Requests;

/// <summary>The options that say what is sent, by curl's names where curl has them.</summary>
internal sealed class RequestOptions
{
    private readonly Argument<string[]> _words = new("URL")
    {
        Description = "The method if it is not GET (with data: POST), the URL, and '-' if stdin is the body", Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string[]?> _headers = new("--header", "-H") { Description = "A header, 'Name: value'; can be repeated", HelpName = "HEADER" };

    private readonly Option<string?> _data = new("--data", "-d") { Description = "The body", HelpName = "DATA" };

    private readonly Option<string?> _dataFile = new("--data-file") { Description = "A file with the body, sent byte for byte; '-' is stdin", HelpName = "FILE" };

    public void AddTo(Command command)
    {
        command.Arguments.Add(_words);
        command.Options.Add(_headers);
        command.Options.Add(_data);
        command.Options.Add(_dataFile);
    }

    /// <summary>The request. A body that is large is read while it is sent.</summary>
    public HttpRequestMessage Read(Run run)
    {
        var words = RequestWords.Read(run.Get(_words));
        var headers = (run.Has(_headers) ? run.Get(_headers) : null) ?? [];
        var body = Body(run, words.HasBody);
        return RequestMessage.Of(words.Method, words.Url, [.. headers.Select(text => RequestHeader.Parse(text))], body);
    }

    private HttpContent? Body(Run run, bool isStdin)
    {
        var given = new[] { isStdin, run.Has(_data), run.Has(_dataFile) }.Count(it => it);
        if (given > 1)
        {
            throw CliErrors.Usage("-d, --data-file and '-' can't be combined", "give the body once");
        }

        return isStdin ? GivenContent.Of(GivenData.Open(GivenData.Stdin, "stdin"))
            : run.Has(_dataFile) ? GivenContent.Of(GivenData.Open(run.Get(_dataFile) ?? "", "--data-file"))
            : !run.Has(_data) ? null
            : run.Get(_data) is ['@', ..] ? throw CliErrors.Usage("-d takes the body itself, and no file's name after '@'", "name the file with --data-file")
            : new ByteArrayContent(Encoding.UTF8.GetBytes(run.Get(_data) ?? ""));
    }
}
