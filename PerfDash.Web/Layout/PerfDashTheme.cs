using MudBlazor;

namespace PerfDash.Web.Layout;

/// <summary>Colours and type. Every text colour has a contrast of at least 4.5 : 1 on its ground, checked by axe in the browser tests.</summary>
internal static class PerfDashTheme
{
    private static readonly string[] Fonts = ["Inter Variable", "system-ui", "-apple-system", "Segoe UI", "Roboto", "Liberation Sans", "sans-serif"];

    public static MudTheme Theme { get; } = new()
    {
        PaletteLight = new PaletteLight
        {
            Primary = "#1f5fbf",
            Secondary = "#5b4b8a",
            Success = "#1b6e3c",
            Warning = "#8a5300",
            Error = "#b3261e",
            Info = "#0b6b8a",
            AppbarBackground = "#ffffff",
            AppbarText = "#1b1f24",
            Background = "#f5f6f8",
            Surface = "#ffffff",
            TextPrimary = "#1b1f24",
            TextSecondary = "#515861",
            LinesDefault = "#dfe2e6",
            TableLines = "#e6e8eb",
            DrawerBackground = "#ffffff",
            DrawerText = "#1b1f24",
            DrawerIcon = "#515861",
            ActionDefault = "#515861",
        },
        PaletteDark = new PaletteDark
        {
            Primary = "#8ab4f8",
            PrimaryContrastText = "#10233f",
            Secondary = "#c5b8f0",
            Success = "#7fd19b",
            SuccessContrastText = "#0c2416",
            Warning = "#f2b866",
            WarningContrastText = "#2b1c05",
            Error = "#ffb4ab",
            ErrorContrastText = "#370b07",
            Info = "#7fcfe8",
            InfoContrastText = "#06252f",
            AppbarBackground = "#191c21",
            AppbarText = "#e6e9ee",
            Background = "#121418",
            Surface = "#1b1e24",
            TextPrimary = "#e6e9ee",
            TextSecondary = "#a9b1bc",
            LinesDefault = "#343941",
            TableLines = "#2d3239",
            DrawerBackground = "#191c21",
            DrawerText = "#e6e9ee",
            DrawerIcon = "#a9b1bc",
            ActionDefault = "#a9b1bc",
        },
        LayoutProperties = new LayoutProperties { DefaultBorderRadius = "8px", DrawerWidthLeft = "220px" },
        Typography = new Typography
        {
            Default = new DefaultTypography { FontFamily = Fonts },
            H1 = new H1Typography { FontFamily = Fonts, FontSize = "1.5rem", FontWeight = "600", LetterSpacing = "0" },
            H2 = new H2Typography { FontFamily = Fonts, FontSize = "1.1rem", FontWeight = "600", LetterSpacing = "0" },
            Button = new ButtonTypography { FontFamily = Fonts, TextTransform = "none", FontWeight = "600" },
        },
    };
}
