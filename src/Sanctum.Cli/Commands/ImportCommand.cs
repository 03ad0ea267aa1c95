using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Dotenv;
using Sanctum.Cli.Imports;
using Sanctum.Cli.Output;
using Sanctum.Cli.Services;
using Sanctum.Daemon.Admin;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum import FILE</c></summary>
internal static class ImportCommand
{
    private const string OwnEnding = ".sanctum";

    public static Command Create(Runner runner)
    {
        var file = new Argument<string>("FILE") { Description = "A .env file" };
        var prefix = new Option<string?>("--prefix") { Description = "What the paths begin with. Default: the name of the file's folder", HelpName = "P" };
        var output = new Option<string?>("--out") { Description = $"Where the references go. Default: FILE{OwnEnding}", HelpName = "FILE" };
        var replace = new Option<bool>("--replace") { Description = "Put the references in the file's place. Its secrets are then in the vault alone" };
        var force = new Option<bool>("--force") { Description = "Replace the file of --out" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Show what would be done; store and write nothing" };
        var command = new Command("import", "Store the secrets of a .env file, and write a file that refers to them") { file, prefix, output, replace, force, dryRun };
        return runner.Bind(command, run =>
        {
            if (run.Get(replace) && (run.Has(output) || run.Has(force)))
            {
                throw CliErrors.Usage("--replace can't be combined with --out or --force", "choose one place for the references");
            }

            run.RequireVault();
            var from = Path.GetFullPath(HomeFolder.Expand(run.Get(file)));
            var source = DotenvFile.Read(from, "FILE", FileTrust.Content);
            var to = run.Get(replace) ? new ReferencesFile(from, Replaces: true)
                : new ReferencesFile(run.Get(output) is { } path ? Path.GetFullPath(HomeFolder.Expand(path)) : from + OwnEnding, run.Get(force));
            to.RequireFree();
            var plan = ImportPlan.Of(source, ImportPrefix.Of(run.Get(prefix), from), new VariableServices(ServiceCatalog.Of(run.Vault)));
            return run.AsOperatorAsync(vault => ImportAsync(run, vault, (source, plan, to), run.Get(dryRun)));
        });
    }

    private static async Task ImportAsync(Run run, IOperatorApi vault, (DotenvFile Source, ImportPlan Plan, ReferencesFile To) what, bool isTrial)
    {
        var import = new Import(vault, what.Plan);
        var there = await import.CompareAsync(run.Cancelled).ConfigureAwait(false);
        IReadOnlyList<string> warnings = [];
        if (!isTrial && what.Plan.Secrets.Count > 0)
        {
            warnings = await import.StoreAsync(there, run.Cancelled).ConfigureAwait(false);
            try
            {
                what.To.Write(what.Source, what.Plan);
            }
            catch
            {
                await import.TakeBackAsync().ConfigureAwait(false);
                throw;
            }
        }

        var document = ImportText.Document(what.Plan, isTrial, what.Plan.Secrets.Count > 0 ? what.To.Path : null, there, warnings);
        run.Terminal.Result(document, json => json.ImportDocument, () => ImportText.Show(run.Terminal, document));
        run.Terminal.Warn(warnings);
        if (!isTrial && what.To.Path == what.Source.Path && what.Plan.Secrets.Count > 0)
        {
            run.Terminal.Note("copies of the old file may be left in backups, in editors and in git's history; replace secrets that were there");
        }
    }
}
