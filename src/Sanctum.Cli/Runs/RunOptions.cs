using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Dotenv;
using Sanctum.Cli.Runs.Children;
using Sanctum.Cli.Services;
using Sanctum.Client;
using Sanctum.Credentials;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.Runs;

/// <summary>The options that say which variables of the program stand for which credentials.</summary>
internal sealed class RunOptions
{
    private readonly Option<string[]?> _env = new("--env") { Description = "A variable of the program, and the credential that it stands for; can be repeated", HelpName = "NAME=PATH" };

    private readonly Option<string[]?> _files = new("--env-file") { Description = "A .env file with references, as 'sanctum import' writes it; can be repeated", HelpName = "FILE" };

    private readonly Option<string[]?> _services = new("--service")
    {
        Description = "The usual variables of a service, such as openai; with =PATH where several credentials are for it; can be repeated", HelpName = "S",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_env);
        command.Options.Add(_files);
        command.Options.Add(_services);
    }

    /// <summary>Whether one of them was given.</summary>
    public bool IsGiven(Run run) => run.Has(_env) || run.Has(_files) || run.Has(_services);

    /// <summary>What they say, and what the environment says already.</summary>
    public async Task<RunValues> ReadAsync(Run run, RawEnvironment environment, SanctumClient agent)
    {
        var values = new RunValues();
        values.Add(environment);
        foreach (var file in Given(run, _files))
        {
            foreach (var left in values.Add(DotenvFile.Read(HomeFolder.Expand(file), "--env-file", FileTrust.Content)))
            {
                run.Terminal.Note(left);
            }
        }

        foreach (var service in Given(run, _services))
        {
            await AddServiceAsync(run, values, service, agent).ConfigureAwait(false);
        }

        foreach (var text in Given(run, _env))
        {
            values.Add(text);
        }

        return values;
    }

    private static async Task AddServiceAsync(Run run, RunValues values, string text, SanctumClient agent)
    {
        var parts = text.Split('=', 2);
        var service = ServiceCatalog.Of(run.Vault).Find(parts[0]);
        var path = parts.Length > 1 ? CredentialPath.Parse(parts[1])
            : CredentialPath.Parse(OnlyOne(service, [.. (await agent.ListAsync(cancellationToken: run.Cancelled).ConfigureAwait(false)).Select(it => it.Path)]));
        foreach (var name in ServiceVariables.Of(service))
        {
            values.Add(name, path);
        }
    }

    // Agents are not told what a credential is bound to, so its path has to say it.
    private static string OnlyOne(Service service, IReadOnlyList<string> paths) =>
        paths.Where(it => it.Split('/', '_').Contains(service.Name, StringComparer.Ordinal)).ToList() switch
        {
            [] => throw CliErrors.NoCredentialFor(service.Name),
            [var only] => only,
            var several => throw CliErrors.SeveralCredentialsFor(service.Name, several),
        };

    private static string[] Given(Run run, Option<string[]?> option) => (run.Has(option) ? run.Get(option) : null) ?? [];
}
