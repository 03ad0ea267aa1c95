using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Policies;

namespace Sanctum.Cli.Tests;

public sealed class ConditionTests
{
    [Fact]
    public void Every_condition_can_be_given_and_is_shown_as_it_was_typed()
    {
        string[] typed =
        [
            "max_retrievals_per_hour=5", "max_uses_per_hour=10", "time_window=22:00-06:00", "allowed_operations=sign,encrypt",
            "allowed_domains=api.example.com,example.org", "allowed_methods=GET,POST", "allowed_paths=/v1/*,/v2/items", "allowed_sign_algorithms=hmac-sha256", "require_approval=true",
        ];

        Assert.Equal(string.Join(' ', typed), PolicyText.Conditions(ConditionArguments.Parse(typed)));
    }

    [Fact]
    public void Without_arguments_there_are_no_conditions() => Assert.Null(ConditionArguments.Parse([]));

    [Theory]
    [InlineData("max_uses_per_hour=0")]
    [InlineData("max_uses_per_hour=-1")]
    [InlineData("max_uses_per_hour=1.5")]
    [InlineData("max_uses_per_hour=")]
    [InlineData("max_uses_per_hour")]
    [InlineData("max_uses_per_hour=99999999999")]
    [InlineData("max_retrievals_per_hour=ten")]
    [InlineData("time_window=9-17")]
    [InlineData("time_window=09:00")]
    [InlineData("time_window=09:00-09:00")]
    [InlineData("time_window=09:00-24:00")]
    [InlineData("allowed_operations=")]
    [InlineData("allowed_operations=sign,")]
    [InlineData("allowed_domains=,")]
    [InlineData("allowed_methods=")]
    [InlineData("allowed_paths=/v1/*,")]
    [InlineData("require_approval=yes")]
    public void A_value_that_it_can_not_be_is_refused_with_what_it_can_be(string argument)
    {
        var error = Assert.Throws<CliException>(() => ConditionArguments.Parse([argument]));

        Assert.Equal(ExitCode.Usage, error.ExitCode);
        Assert.StartsWith("it takes ", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_condition_is_refused_with_the_nearest_or_all()
    {
        Assert.Equal("did you mean 'time_window'?", Assert.Throws<CliException>(() => ConditionArguments.Parse(["time_windwo=1"])).Hint);
        Assert.Equal("did you mean 'allowed_methods'?", Assert.Throws<CliException>(() => ConditionArguments.Parse(["allowed_method=GET"])).Hint);
        Assert.Contains("allowed_domains", Assert.Throws<CliException>(() => ConditionArguments.Parse(["colour=red"])).Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_condition_given_twice_is_refused() =>
        Assert.Throws<CliException>(() => ConditionArguments.Parse(["allowed_operations=sign", "allowed_operations=encrypt"]));
}
