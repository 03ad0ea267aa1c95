using System.CommandLine;
using Sanctum.Cli.AgentSide;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;
using Sanctum.Cli.Requests;
using Sanctum.Cli.Terminals;
using Sanctum.Credentials;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum request PATH [METHOD] URL</c></summary>
internal static class RequestCommand
{
    private const int FirstError = 400;

    // A document is made in memory.
    private const int MostInDocument = 16 * 1024 * 1024;

    private sealed record Shown(string? File, bool WithHead, bool FailsOnError);

    public static Command Create(Runner runner)
    {
        var path = Paths.Argument();
        var request = new RequestOptions();
        var output = new Option<string?>("--output", "-o") { Description = "Write the response's body to a file, once all of it is there", HelpName = "FILE" };
        var include = new Option<bool>("--include", "-i") { Description = "Show the response's status and headers before its body" };
        var fail = new Option<bool>("--fail", "-f") { Description = "Show no body, and end with exit code 1, where the status is 400 or above" };
        var agent = new AgentOptions();
        var command = new Command("request", "As an agent: have the vault send an HTTP request with a secret that the agent does not see") { path };
        request.AddTo(command);
        command.Options.Add(output);
        command.Options.Add(include);
        command.Options.Add(fail);
        agent.AddTo(command);
        return runner.Bind(command, async run =>
        {
            var at = CredentialPath.Parse(run.Get(path)).Value;
            using var message = request.Read(run);
            await using var client = agent.Open(run);
            using var response = await client.SendAsync(at, message, run.Cancelled).ConfigureAwait(false);
            await ShowAsync(run, response, new Shown(run.Get(output), run.Get(include), run.Get(fail))).ConfigureAwait(false);
        });
    }

    private static async Task ShowAsync(Run run, HttpResponseMessage response, Shown shown)
    {
        if (shown.FailsOnError && (int)response.StatusCode >= FirstError)
        {
            throw CliErrors.HttpStatus((int)response.StatusCode);
        }

        if (shown.File is { } file)
        {
            await ResponseFile.WriteAsync(file, stream => CopyAsync(run, response, shown, stream)).ConfigureAwait(false);
        }
        else if (run.Terminal.Json)
        {
            using var body = new MemoryStream();
            await ResponseBody.CopyAsync(response, body, MostInDocument, run.Cancelled).ConfigureAwait(false);
            run.Terminal.Result(ResponseText.Document(response, body.ToArray()), json => json.ResponseDocument, () => { });
        }
        else
        {
            using var result = Terminal.OpenResult();
            await CopyAsync(run, response, shown, result).ConfigureAwait(false);
        }
    }

    private static async Task CopyAsync(Run run, HttpResponseMessage response, Shown shown, Stream destination)
    {
        if (shown.WithHead)
        {
            await destination.WriteAsync(ResponseText.Head(response), run.Cancelled).ConfigureAwait(false);
            await destination.FlushAsync(run.Cancelled).ConfigureAwait(false);
        }

        await ResponseBody.CopyAsync(response, destination, null, run.Cancelled).ConfigureAwait(false);
    }
}
