# Writes reference.json beside inputs.json: what R's packages make of the same data. Run once, by hand:
#   Rscript reference.R
# No test and no CI job runs R. metafor, metadat, lme4, sandwich, psych, vcd, boot, irr, irrCAC, jsonlite.
library(metafor); library(jsonlite)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
given <- fromJSON(file.path(here, "inputs.json"))
out <- list(versions = list())

# Random effects: three estimators, normal and Hartung-Knapp intervals, prediction, heterogeneity, leave one out, shrinkage.
bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = metadat::dat.bcg)
studies <- c(given$meta, list(bcg = list(yi = as.numeric(bcg$yi), vi = as.numeric(bcg$vi))))
for (name in names(studies)) {
  d <- studies[[name]]
  of <- list(yi = d$yi, vi = d$vi)
  tight <- list(threshold = 1e-11 * var(d$yi), maxiter = 100000, stepadj = 0.5, tol = 1e-11 * var(d$yi), tau2.max = 1e9)
  for (method in c("REML", "DL", "PM")) {
    z <- rma(d$yi, d$vi, method = method, control = tight)
    knha <- rma(d$yi, d$vi, method = method, test = "knha", control = tight)
    p <- predict(knha)
    of[[method]] <- list(mean = as.numeric(z$b), se = z$se, tau2 = z$tau2, I2 = z$I2, Q = z$QE, Q_p = z$QEp,
      low = z$ci.lb, high = z$ci.ub, hk_se = knha$se, hk_low = knha$ci.lb, hk_high = knha$ci.ub,
      pi_low = p$pi.lb, pi_high = p$pi.ub)
  }
  fit <- rma(d$yi, d$vi, method = "REML", test = "knha", control = tight)
  ci <- confint(fit, control = list(tau2.max = 1e9, maxiter = 100000, tol = 1e-11 * var(d$yi)))$random
  of$tau2_low <- ci["tau^2", "ci.lb"]; of$tau2_high <- ci["tau^2", "ci.ub"]
  of$I2_low <- ci["I^2(%)", "ci.lb"]; of$I2_high <- ci["I^2(%)", "ci.ub"]
  l <- lapply(seq_along(d$yi), function(i) rma(d$yi[-i], d$vi[-i], method = "REML", test = "knha", control = tight))
  of$without <- list(mean = sapply(l, function(f) as.numeric(f$b)), low = sapply(l, function(f) f$ci.lb),
    high = sapply(l, function(f) f$ci.ub), tau2 = sapply(l, function(f) f$tau2))
  b <- blup(fit)
  of$blup <- list(mean = b$pred, se = b$se, low = b$pi.lb, high = b$pi.ub)
  out$meta[[name]] <- of
}

# One-way random effects from single cases.
cases <- data.frame(authority = factor(given$one_way$authority), cost = given$one_way$cost)
m <- lme4::lmer(cost ~ 1 + (1 | authority), cases, REML = TRUE)
v <- as.data.frame(lme4::VarCorr(m))$vcov
out$lmer <- list(mean = as.numeric(lme4::fixef(m)), se = sqrt(as.numeric(vcov(m)[1, 1])), tau2 = v[1], sigma2 = v[2])

# Gamma-log GLM, standard errors clustered by authority.
d <- as.data.frame(given$glm)
g <- glm(cost ~ meetings + professionals, family = Gamma(link = "log"), data = d,
  control = list(epsilon = 1e-14, maxit = 100))
V <- sandwich::vcovCL(g, cluster = d$authority, type = "HC1", cadjust = TRUE)
t <- qt(.975, length(unique(d$authority)) - 1)
out$glm <- list(coef = as.numeric(coef(g)), se = as.numeric(sqrt(diag(V))), model_se = as.numeric(sqrt(diag(vcov(g)))),
  low = as.numeric(coef(g) - t * sqrt(diag(V))), high = as.numeric(coef(g) + t * sqrt(diag(V))))

# Agreement.
two <- as.data.frame(given$two_raters)
psy <- psych::cohen.kappa(data.frame(two$first, two$second), levels = 1:5)
tab <- table(factor(two$first, 1:5), factor(two$second, 1:5))
fc <- vcd::Kappa(tab, weights = "Fleiss-Cohen"); es <- vcd::Kappa(tab, weights = "Equal-Spacing")
out$two <- list(psych_kappa = psy$kappa, psych_quadratic = psy$weighted.kappa, psych_var = psy$var.kappa,
  psych_quadratic_var = psy$var.weighted, vcd_quadratic = fc$Weighted[["value"]], vcd_quadratic_ase = fc$Weighted[["ASE"]],
  vcd_linear = es$Weighted[["value"]], vcd_linear_ase = es$Weighted[["ASE"]], vcd_kappa_ase = fc$Unweighted[["ASE"]],
  irr_quadratic = irr::kappa2(two, "squared")$value, irr_linear = irr::kappa2(two, "equal")$value)
many <- given$several_raters
full <- many[complete.cases(many), ]
# with ratings missing irrCAC's values hold, but not its errors (see larcnb/inference/agreement.py): those from full items
one <- function(x) list(value = x$est$coeff.val, se = x$est$coeff.se, pa = x$est$pa, pe = x$est$pe)
lab <- as.character(1:5)
w <- function(rated, kind) list(
  share = one(irrCAC::pa.coeff.raw(rated, weights = kind, categ.labels = lab)),
  gwet = one(irrCAC::gwet.ac1.raw(rated, weights = kind, categ.labels = lab)),
  fleiss = one(irrCAC::fleiss.kappa.raw(rated, weights = kind, categ.labels = lab)))
kinds <- function(rated) list(identity = w(rated, "unweighted"), linear = w(rated, "linear"), quadratic = w(rated, "quadratic"))
out$several <- list(gaps = kinds(many), complete = kinds(full), irr_fleiss_complete = irr::kappam.fleiss(full)$value)

# Bootstrap of a mean.
set.seed(1)
bt <- boot::boot(given$skewed, function(x, i) mean(x[i]), R = 40000)
out$boot <- list(mean = mean(given$skewed), low = boot::boot.ci(bt, type = "bca")$bca[4],
  high = boot::boot.ci(bt, type = "bca")$bca[5])

for (p in c("metafor", "lme4", "sandwich", "psych", "vcd", "boot", "irr", "irrCAC"))
  out$versions[[p]] <- as.character(packageVersion(p))
out$versions$R <- paste(R.version$major, R.version$minor, sep = ".")
write_json(out, file.path(here, "reference.json"), auto_unbox = TRUE, digits = 12, pretty = FALSE)
