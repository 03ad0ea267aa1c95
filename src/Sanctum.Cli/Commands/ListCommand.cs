using System.CommandLine;
using Sanctum.Cli.Bindings;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum list</c></summary>
internal static class ListCommand
{
    public static Command Create(Runner runner)
    {
        var type = new Option<string?>("--type") { Description = "Only of this type", HelpName = "T" };
        var tag = new Option<string?>("--tag") { Description = "Only with this label", HelpName = "T" };
        return runner.Bind(new Command("list", "Show the credentials, without their secrets") { type, tag }, run => run.AsOperatorAsync(async vault =>
        {
            var all = await vault.ListAsync(run.Get(type), run.Get(tag), run.Cancelled).ConfigureAwait(false);
            run.Terminal.Result(new CredentialsDocument(all), json => json.CredentialsDocument, () => run.Terminal.Table(
                ["PATH", "TYPE", "VERSION", "UPDATED", "TAGS", "HOSTS", "AS", "DESCRIPTION"],
                all.Select(it => new[]
                {
                    it.Path, it.Type, $"{it.Version}", Times.Local(it.UpdatedAt), string.Join(", ", it.Tags), BindingText.Destinations(it), it.HeaderType,
                    it.Description,
                }),
                "no credentials; add one with 'sanctum store PATH'"));
        }));
    }
}
